import { createPrivateKey } from 'node:crypto';
import { defineConnector } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { Organization } from './answers.ts';
import { oktaCalls } from './calls.ts';
import { createOkta } from './client.ts';
import { mapError, readQuota } from './errors.ts';
import { limits, operation } from './operations.ts';
import { serviceAppSession, tokenSession } from './session.ts';
import { adminRoles } from './streams/admin-roles.ts';
import { apiTokens } from './streams/api-tokens.ts';
import { appUsers } from './streams/app-users.ts';
import { apps } from './streams/apps.ts';
import { authenticators } from './streams/authenticators.ts';
import { groupMembers } from './streams/group-members.ts';
import { groups } from './streams/groups.ts';
import { logEvents } from './streams/log-events.ts';
import { mfaEnrollPolicies } from './streams/mfa-enroll-policies.ts';
import { networkZones } from './streams/network-zones.ts';
import { passwordPolicies } from './streams/password-policies.ts';
import { signOnPolicies } from './streams/sign-on-policies.ts';
import { userFactors } from './streams/user-factors.ts';
import { users } from './streams/users.ts';
import { ownerOf, rolesOf } from './view.ts';

/** One Okta organization, read as a service app (preferred) or with an API token. */
export const okta = defineConnector({
  id: 'okta',
  title: 'Okta',
  version: 1,
  auth: {
    private_key_jwt: {
      title: 'Service app with a private key',
      secrets: z.object({
        clientId: z.string().trim().regex(/^\w+$/, 'the client id of the service app'),
        privateKey: z.string().trim().refine(isPrivateKey, 'an RSA or EC private key, as PEM or as a JWK'),
        keyId: z.string().trim().min(1),
      }),
    },
    ssws: { title: 'API token of an administrator', secrets: z.object({ token: z.string().trim().min(1) }) },
  },
  settings: z.object({
    /** e.g. `https://acme.okta.com`, or the organization's own domain. */
    orgUrl: z
      .url({ protocol: /^https$/ })
      .refine(isOrgUrl, 'the address of the organization alone, without -admin, path or port'),
    /** How far back the first pass over the system log reaches, in days; Okta keeps 90. */
    logDays: z.int().min(1).max(90).default(90),
  }),
  scopeSettings: ['orgUrl'],
  limits,
  calls: oktaCalls,
  concurrency: 8,
  schedule: { defaultHours: 6, minHours: 1, maxHours: 24 },
  hosts: ({ orgUrl }) => [new URL(orgUrl).hostname],
  connect({ credentials, settings }, runtime) {
    const { origin: orgUrl } = new URL(settings.orgUrl);
    const apiUrl = (runtime.endpoint ?? orgUrl).replace(/\/+$/, '');
    const isApp = credentials.kind === 'private_key_jwt';
    const session = isApp
      ? serviceAppSession(credentials, { orgUrl, apiUrl }, runtime)
      : tokenSession(credentials.token);
    const clientId = isApp ? credentials.clientId : null;
    return createOkta({ apiUrl, session, clientId, logDays: settings.logDays }, runtime);
  },
  /** What a credential is shown depends on its roles as much as on its scopes, so both are part of the proof of absence. */
  check: async (client) => {
    const organization = await client.get('/api/v1/org', Organization);
    const roles = (await rolesOf(client))?.map((role) => `role:${role}`) ?? ['role:unknown'];
    const scopes = client.granted() ?? [`user:${await ownerOf(client)}`];
    return {
      account: { id: organization.id, title: organization.companyName ?? organization.subdomain ?? organization.id },
      quotaScope: `okta:${organization.id}`,
      grants: [...new Set([...scopes, ...roles])].sort(),
    };
  },
  mapError,
  readQuota,
  operation,
  streams: [
    adminRoles,
    apiTokens,
    appUsers,
    apps,
    authenticators,
    groupMembers,
    groups,
    logEvents,
    mfaEnrollPolicies,
    networkZones,
    passwordPolicies,
    signOnPolicies,
    userFactors,
    users,
  ],
});

function isPrivateKey(text: string): boolean {
  try {
    const key = text.startsWith('{')
      ? createPrivateKey({ key: JSON.parse(text), format: 'jwk' })
      : createPrivateKey(text);
    return key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'ec';
  } catch {
    return false; // whatever is wrong with it, the sentence is the same
  }
}

function isOrgUrl(text: string): boolean {
  const { pathname, search, port, hostname, username } = new URL(text);
  return pathname === '/' && search === '' && port === '' && username === '' && !/-admin\.okta/.test(hostname);
}
