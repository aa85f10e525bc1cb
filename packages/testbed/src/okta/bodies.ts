import { longAgo } from './truth.ts';
import {
  membersOf,
  type OktaWorld,
  type WorldApiToken,
  type WorldApp,
  type WorldAuthenticator,
  type WorldEvent,
  type WorldFactor,
  type WorldGroup,
  type WorldOktaUser,
  type WorldRole,
  type WorldZone,
} from './world.ts';

/** What Okta shows of each thing: https://developer.okta.com/docs/api/openapi/okta-management/guides/overview/ */
export function userBody(user: WorldOktaUser) {
  return {
    id: user.id,
    status: user.status,
    created: user.createdAt,
    activated: user.status === 'STAGED' ? null : user.createdAt,
    statusChanged: user.statusChangedAt,
    lastLogin: user.lastLoginAt,
    lastUpdated: user.updatedAt,
    passwordChanged: user.passwordChangedAt,
    type: { id: 'oty1' },
    profile: { login: user.login, email: user.login, firstName: 'A', lastName: 'Person', secondEmail: null },
    credentials: { provider: { type: 'OKTA', name: 'OKTA' } },
  };
}

export function factorBody({ id, type, status }: WorldFactor) {
  const provider = type === 'webauthn' ? 'FIDO' : 'OKTA';
  return { id, factorType: type, provider, vendorName: provider, status, created: longAgo, lastUpdated: longAgo };
}

export function groupBody(world: OktaWorld, group: WorldGroup, withStats: boolean) {
  const stats = { usersCount: membersOf(world, group).length, appsCount: 0, groupPushMappingsCount: 0 };
  return {
    id: group.id,
    created: group.createdAt,
    lastUpdated: group.updatedAt,
    lastMembershipUpdated: group.updatedAt,
    objectClass: ['okta:user_group'],
    type: group.type,
    profile: { name: group.name },
    ...(withStats ? { _embedded: { stats: { ...stats, hasAdminPrivilege: group.roles.length > 0 } } } : {}),
  };
}

export function appBody(app: WorldApp) {
  const { id, name, label, status, features, createdAt, updatedAt } = app;
  return { id, name, label, status, created: createdAt, lastUpdated: updatedAt, features, signOnMode: 'SAML_2_0' };
}

export function appUserBody(
  { createdAt, updatedAt }: WorldApp,
  { userId, scope, userName, externalId }: WorldApp['assignments'][number],
) {
  return {
    ...{ id: userId, scope, status: 'ACTIVE', created: createdAt, lastUpdated: updatedAt, profile: {} },
    ...(userName !== undefined && { credentials: { userName } }),
    ...(externalId !== undefined && { externalId }),
  };
}

export function roleBody({ id, type }: WorldRole, assignmentType: 'USER' | 'GROUP' | 'CLIENT') {
  return { id, type, label: type, status: 'ACTIVE', assignmentType, created: longAgo, lastUpdated: longAgo };
}

export function apiTokenBody({ id, name, userId, createdAt, updatedAt, expiresAt }: WorldApiToken) {
  const times = { created: createdAt, lastUpdated: updatedAt, expiresAt };
  return {
    id,
    name,
    userId,
    clientName: 'Okta API',
    network: { connection: 'ANYWHERE' },
    ...times,
  };
}

export function authenticatorBody({ id, key, type, name, status, updatedAt }: WorldAuthenticator) {
  return { id, key, type, name, status, created: longAgo, lastUpdated: updatedAt };
}

export function zoneBody({ id, name, usage, gateways, updatedAt }: WorldZone) {
  return {
    ...{ id, name, type: 'IP', status: 'ACTIVE', usage, system: false, created: longAgo, lastUpdated: updatedAt },
    gateways: gateways.map((value) => ({ type: 'CIDR', value })),
    proxies: null,
  };
}

export function eventBody({ uuid, published, eventType, actorId }: WorldEvent) {
  const person = { id: actorId, type: 'User', alternateId: `${actorId}@example.com`, displayName: 'A Person' };
  return {
    ...{ uuid, published, eventType, version: '0', severity: 'INFO', displayMessage: eventType },
    actor: person,
    client: { ipAddress: '203.0.113.7', zone: 'null', device: 'Computer' },
    outcome: { result: 'SUCCESS' },
    target: [person],
  };
}
