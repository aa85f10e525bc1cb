import { defineEvidence } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';

/** Okta's ids are immutable; logins, labels and names change hands, so no key holds one. */
const id = z.string().min(1);
const when = z.iso.datetime();
/** null: Okta does not tell, or there is no such setting. Never to be read as false or 0. */
const told = z.boolean().nullable();
const number = z.int().nullable();

export const user = defineEvidence({
  name: 'okta.user',
  title: 'Users in every state, leavers included',
  version: 1,
  mode: 'snapshot',
  key: ['userId'],
  schema: z.object({
    userId: id,
    login: z.string(),
    /** ACTIVE, STAGED, SUSPENDED, DEPROVISIONED (a leaver), … */
    status: z.string(),
    transitioningTo: z.string().nullable(),
    /** Who checks the password: OKTA, ACTIVE_DIRECTORY, FEDERATION, …; null: not told. */
    credentialProvider: z.string().nullable(),
    createdAt: when,
    activatedAt: when.nullable(),
    statusChangedAt: when.nullable(),
    passwordChangedAt: when.nullable(),
    lastLoginAt: when.nullable(),
    updatedAt: when,
  }),
  observed: ['lastLoginAt', 'updatedAt'],
});

export const userFactor = defineEvidence({
  name: 'okta.user_factor',
  title: 'Second factors that users who are no leavers have enrolled, one row a user',
  version: 1,
  mode: 'snapshot',
  key: ['userId'],
  schema: z.object({
    userId: id,
    login: z.string(),
    userStatus: z.string(),
    /** One of the factors is active and proves more than the password does; a security question does not. */
    hasActiveFactor: z.boolean(),
    factors: z.array(z.object({ factorId: id, type: z.string(), provider: z.string(), status: z.string() })),
  }),
  unordered: ['factors'],
});

export const group = defineEvidence({
  name: 'okta.group',
  title: 'Groups',
  version: 1,
  mode: 'snapshot',
  key: ['groupId'],
  schema: z.object({
    groupId: id,
    name: z.string(),
    description: z.string().nullable(),
    /** OKTA_GROUP, APP_GROUP (from a directory or an app) or BUILT_IN. */
    type: z.string(),
    createdAt: when,
    updatedAt: when,
    membersUpdatedAt: when.nullable(),
    members: number,
  }),
  observed: ['updatedAt', 'membersUpdatedAt', 'members'],
});

export const groupMember = defineEvidence({
  name: 'okta.group_member',
  title: 'Members of groups',
  version: 1,
  mode: 'snapshot',
  key: ['groupId', 'userId'],
  schema: z.object({ groupId: id, userId: id }),
});

export const app = defineEvidence({
  name: 'okta.app',
  title: 'Applications and how people sign on to them',
  version: 1,
  mode: 'snapshot',
  key: ['appId'],
  schema: z.object({
    appId: id,
    /** Of the catalogue's entry, e.g. `salesforce`. */
    name: z.string().nullable(),
    label: z.string(),
    status: z.string(),
    signOnMode: z.string().nullable(),
    /** Provisioning features that are on. */
    features: z.array(z.string()),
    createdAt: when,
    updatedAt: when,
  }),
  observed: ['updatedAt'],
  unordered: ['features'],
});

export const appUser = defineEvidence({
  name: 'okta.app_user',
  title: 'Who is assigned to which application',
  version: 1,
  mode: 'snapshot',
  key: ['appId', 'userId'],
  schema: z.object({
    appId: id,
    userId: id,
    /** USER: assigned directly; GROUP: through a group. */
    scope: z.string(),
    status: z.string(),
    /** What the user is called there; null: the application asks for no name. */
    userName: z.string().nullable(),
    /** The account's id there; null: Okta did not make it and has not imported it. */
    externalId: z.string().nullable(),
    createdAt: when,
    updatedAt: when,
  }),
  observed: ['updatedAt'],
});

export const adminRole = defineEvidence({
  name: 'okta.admin_role',
  title: 'Administrator roles of users and groups',
  version: 1,
  mode: 'snapshot',
  key: ['assigneeType', 'assigneeId', 'assignmentId'],
  schema: z.object({
    assigneeType: z.enum(['user', 'group']),
    assigneeId: id,
    assignmentId: id,
    /** SUPER_ADMIN, READ_ONLY_ADMIN, … or CUSTOM. */
    role: z.string(),
    label: z.string(),
    status: z.string().nullable(),
    /** USER: given to the user; GROUP: through a group. */
    assignedThrough: z.string().nullable(),
    customRoleId: z.string().nullable(),
    resourceSetId: z.string().nullable(),
    createdAt: when,
    updatedAt: when,
  }),
  observed: ['updatedAt'],
});

export const apiToken = defineEvidence({
  name: 'okta.api_token',
  title: 'API tokens',
  version: 1,
  mode: 'snapshot',
  key: ['tokenId'],
  schema: z.object({
    tokenId: id,
    name: z.string(),
    /** Whose rights the token has. */
    userId: z.string().nullable(),
    clientName: z.string().nullable(),
    /** ANYWHERE, ZONE, … : from where it may be used. */
    network: z.string().nullable(),
    createdAt: when,
    /** Moves with every use. */
    expiresAt: when.nullable(),
    updatedAt: when,
  }),
  observed: ['expiresAt', 'updatedAt'],
});

export const networkZone = defineEvidence({
  name: 'okta.network_zone',
  title: 'Network zones',
  version: 1,
  mode: 'snapshot',
  key: ['zoneId'],
  schema: z.object({
    zoneId: id,
    name: z.string(),
    type: z.string(),
    status: z.string(),
    /** POLICY or BLOCKLIST. */
    usage: z.string().nullable(),
    system: told,
    /** Addresses and ranges as they are written; empty for a dynamic zone. */
    gateways: z.array(z.string()),
    proxies: z.array(z.string()),
    createdAt: when,
    updatedAt: when,
  }),
  observed: ['updatedAt'],
  unordered: ['gateways', 'proxies'],
});

export const logEvent = defineEvidence({
  name: 'okta.log_event',
  title: 'Events of the system log',
  version: 1,
  mode: 'event',
  key: ['uuid'],
  cursor: 'published',
  retention: {
    days: 90,
    docs: 'https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/',
  },
  schema: z.object({
    uuid: id,
    /** In milliseconds, so that the strings compare like the times. */
    published: when,
    eventType: z.string(),
    severity: z.string(),
    message: z.string().nullable(),
    actorId: z.string().nullable(),
    actorType: z.string().nullable(),
    ipAddress: z.string().nullable(),
    result: z.string().nullable(),
    reason: z.string().nullable(),
    targets: z.array(z.object({ type: z.string(), id: z.string().nullable() })),
  }),
});
