import { z } from 'zod';

/**
 * The parts of Okta's answers that the streams read; everything else is dropped at this door.
 * https://developer.okta.com/docs/api/openapi/okta-management/guides/overview/
 */
const id = z.string().min(1);
const when = z.string();
const number = z.int().nullish();
const flag = z.boolean().nullish();

export const Organization = z.object({ id, companyName: z.string().nullish(), subdomain: z.string().nullish() });

export const UserId = z.object({ id });

export const User = z.object({
  id,
  status: z.string(),
  transitioningToStatus: z.string().nullish(),
  created: when,
  activated: when.nullish(),
  statusChanged: when.nullish(),
  lastLogin: when.nullish(),
  lastUpdated: when,
  passwordChanged: when.nullish(),
  profile: z.object({ login: z.string() }),
  credentials: z.object({ provider: z.object({ type: z.string() }).nullish() }).nullish(),
});

export const Factor = z.object({
  id,
  factorType: z.string(),
  provider: z.string(),
  status: z.string(),
});

export const Group = z.object({
  id,
  type: z.string(),
  created: when,
  lastUpdated: when,
  lastMembershipUpdated: when.nullish(),
  profile: z.object({ name: z.string(), description: z.string().nullish() }),
  _embedded: z.object({ stats: z.object({ usersCount: z.int().optional() }).optional() }).optional(),
});

export const App = z.object({
  id,
  name: z.string().nullish(),
  label: z.string(),
  status: z.string(),
  signOnMode: z.string().nullish(),
  features: z.array(z.string()).nullish(),
  created: when,
  lastUpdated: when,
});

export const AppUser = z.object({
  id,
  scope: z.string(),
  status: z.string(),
  credentials: z.object({ userName: z.string().nullish() }).nullish(),
  externalId: z.string().nullish(),
  created: when,
  lastUpdated: when,
});

export const Role = z.object({
  id,
  type: z.string(),
  label: z.string(),
  status: z.string().nullish(),
  assignmentType: z.string().nullish(),
  role: z.string().nullish(),
  'resource-set': z.string().nullish(),
  created: when,
  lastUpdated: when,
});

export const ApiToken = z.object({
  id,
  name: z.string(),
  userId: z.string().nullish(),
  clientName: z.string().nullish(),
  network: z.object({ connection: z.string().nullish() }).nullish(),
  created: when,
  lastUpdated: when,
  expiresAt: when.nullish(),
});

const policyFields = {
  id,
  type: z.string(),
  name: z.string(),
  status: z.string(),
  priority: number,
  system: flag,
  created: when.nullish(),
  lastUpdated: when.nullish(),
  conditions: z
    .object({ people: z.object({ groups: z.object({ include: z.array(z.string()) }).nullish() }).nullish() })
    .nullish(),
};

export const Policy = z.object(policyFields);

export const PasswordPolicy = z.object({
  ...policyFields,
  settings: z.object({
    password: z.object({
      complexity: z
        .object({
          minLength: number,
          minLowerCase: number,
          minUpperCase: number,
          minNumber: number,
          minSymbol: number,
          excludeUsername: flag,
          dictionary: z.object({ common: z.object({ exclude: flag }).nullish() }).nullish(),
        })
        .nullish(),
      age: z.object({ maxAgeDays: number, minAgeMinutes: number, historyCount: number }).nullish(),
      lockout: z.object({ maxAttempts: number, autoUnlockMinutes: number }).nullish(),
    }),
  }),
});

export const MfaEnrollPolicy = z.object({
  ...policyFields,
  settings: z
    .object({
      authenticators: z
        .array(z.object({ key: z.string(), enroll: z.object({ self: z.string().nullish() }).nullish() }))
        .nullish(),
      // An organization on Classic Engine has factors in place of authenticators.
      factors: z.record(z.string(), z.object({ enroll: z.object({ self: z.string().nullish() }).nullish() })).nullish(),
    })
    .nullish(),
});

export const SignOnRule = z.object({
  id,
  name: z.string(),
  status: z.string(),
  priority: number,
  actions: z.object({
    signon: z.object({
      access: z.string(),
      requireFactor: flag,
      factorPromptMode: z.string().nullish(),
      factorLifetime: number,
      session: z
        .object({ maxSessionIdleMinutes: number, maxSessionLifetimeMinutes: number, usePersistentCookie: flag })
        .nullish(),
    }),
  }),
});

export const Authenticator = z.object({
  id,
  key: z.string(),
  name: z.string(),
  type: z.string(),
  status: z.string(),
  created: when.nullish(),
  lastUpdated: when.nullish(),
});

const Address = z.object({ type: z.string(), value: z.string() });

export const Zone = z.object({
  id,
  name: z.string(),
  type: z.string(),
  status: z.string(),
  usage: z.string().nullish(),
  system: flag,
  gateways: z.array(Address).nullish(),
  proxies: z.array(Address).nullish(),
  created: when,
  lastUpdated: when,
});

export const LogEvent = z.object({
  uuid: id,
  published: when,
  eventType: z.string(),
  severity: z.string(),
  displayMessage: z.string().nullish(),
  actor: z.object({ id: z.string(), type: z.string() }).nullish(),
  client: z.object({ ipAddress: z.string().nullish() }).nullish(),
  outcome: z.object({ result: z.string(), reason: z.string().nullish() }).nullish(),
  target: z.array(z.object({ id: z.string().nullish(), type: z.string() })).nullish(),
});
