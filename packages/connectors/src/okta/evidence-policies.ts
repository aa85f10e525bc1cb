import { defineEvidence } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';

/** By which rules people sign in: policies and the authenticators that they name. */
const id = z.string().min(1);
const when = z.iso.datetime();
const told = z.boolean().nullable();
const number = z.int().nullable();

const policyFields = {
  policyId: id,
  name: z.string(),
  status: z.string(),
  priority: number,
  /** The default policy, for whoever no other one concerns. */
  system: told,
  /** Groups that the policy is for. */
  groupIds: z.array(id),
};

export const passwordPolicy = defineEvidence({
  name: 'okta.password_policy',
  title: 'Password policies',
  version: 1,
  mode: 'snapshot',
  key: ['policyId'],
  schema: z.object({
    ...policyFields,
    minimumLength: number,
    minimumLowercase: number,
    minimumUppercase: number,
    minimumNumbers: number,
    minimumSymbols: number,
    excludesUsername: told,
    excludesCommonPasswords: told,
    /** 0: passwords never expire. */
    maxAgeDays: number,
    minAgeMinutes: number,
    historyCount: number,
    /** 0: no lockout. */
    lockoutAttempts: number,
    autoUnlockMinutes: number,
  }),
  unordered: ['groupIds'],
});

export const signOnPolicy = defineEvidence({
  name: 'okta.sign_on_policy',
  title: 'Global session policies and their rules',
  version: 1,
  mode: 'snapshot',
  key: ['policyId'],
  schema: z.object({
    ...policyFields,
    rules: z.array(
      z.object({
        ruleId: id,
        name: z.string(),
        status: z.string(),
        priority: number,
        access: z.string(),
        requiresFactor: told,
        factorPromptMode: z.string().nullable(),
        factorLifetimeMinutes: number,
        maxIdleMinutes: number,
        maxLifetimeMinutes: number,
        persistentCookie: told,
      }),
    ),
  }),
  unordered: ['groupIds', 'rules'],
});

export const mfaEnrollPolicy = defineEvidence({
  name: 'okta.mfa_enroll_policy',
  title: 'Which authenticators people must, may and may not enroll',
  version: 1,
  mode: 'snapshot',
  key: ['policyId'],
  schema: z.object({
    ...policyFields,
    /** `enroll`: REQUIRED, OPTIONAL or NOT_ALLOWED. */
    authenticators: z.array(z.object({ enroll: z.string().nullable(), key: z.string() })),
  }),
  unordered: ['groupIds', 'authenticators'],
});

export const authenticator = defineEvidence({
  name: 'okta.authenticator',
  title: 'Authenticators of the organization',
  version: 1,
  mode: 'snapshot',
  key: ['authenticatorId'],
  schema: z.object({
    authenticatorId: id,
    key: z.string(),
    name: z.string(),
    type: z.string(),
    status: z.string(),
    createdAt: when.nullable(),
    updatedAt: when.nullable(),
  }),
  observed: ['updatedAt'],
});
