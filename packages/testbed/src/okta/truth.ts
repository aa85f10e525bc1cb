import type { TrueEvidence } from '../github/truth-of-repository.ts';
import { truthOfPolicies } from './truth-of-policies.ts';
import { membersOf, type OktaWorld, rolesOfUser, type WorldOktaUser, type WorldRole } from './world.ts';

/**
 * What the ledger must hold of the organization, worked out from the world without the connector's code. Unlisted users are not left
 * out: they exist. Lists whose order means nothing are sorted by their JSON, as the ledger has them.
 */
export function oktaTruth(world: OktaWorld): TrueEvidence[] {
  return [
    ...world.users.map(truthOfUser),
    ...world.users.filter(({ status }) => status !== 'DEPROVISIONED').map(truthOfFactors),
    ...truthOfGroups(world),
    ...truthOfApps(world),
    ...truthOfRoles(world),
    ...world.tokens.map(({ id, name, userId, createdAt }) => ({
      type: 'okta.api_token',
      key: [id],
      material: { tokenId: id, name, userId, clientName: 'Okta API', network: 'ANYWHERE', createdAt },
    })),
    ...truthOfPolicies(world),
    ...world.authenticators.map(({ id, key, name, type, status }) => ({
      type: 'okta.authenticator',
      key: [id],
      material: { authenticatorId: id, key, name, type, status, createdAt: longAgo },
    })),
    ...world.zones.map(({ id, name, usage, gateways }) => ({
      type: 'okta.network_zone',
      key: [id],
      material: {
        ...{ zoneId: id, name, type: 'IP', status: 'ACTIVE', usage, system: false },
        ...{ gateways: gateways.toSorted(), proxies: [], createdAt: longAgo },
      },
    })),
    ...truthOfEvents(world),
  ];
}

/** When everything that the world gives no time was created. */
export const longAgo = '2020-01-01T00:00:00.000Z';

function truthOfUser(user: WorldOktaUser): TrueEvidence {
  return {
    type: 'okta.user',
    key: [user.id],
    material: {
      userId: user.id,
      login: user.login,
      status: user.status,
      transitioningTo: null,
      credentialProvider: 'OKTA',
      createdAt: user.createdAt,
      activatedAt: user.status === 'STAGED' ? null : user.createdAt,
      statusChangedAt: user.statusChangedAt,
      passwordChangedAt: user.passwordChangedAt,
    },
  };
}

function truthOfFactors({ id, login, status, factors }: WorldOktaUser): TrueEvidence {
  const shown = factors.map((factor) => ({
    factorId: factor.id,
    type: factor.type,
    provider: factor.type === 'webauthn' ? 'FIDO' : 'OKTA',
    status: factor.status,
  }));
  return {
    type: 'okta.user_factor',
    key: [id],
    material: {
      userId: id,
      login,
      userStatus: status,
      hasActiveFactor: factors.some((factor) => factor.status === 'ACTIVE' && factor.type !== 'question'),
      factors: shown.sort((one, other) => (one.factorId < other.factorId ? -1 : 1)),
    },
  };
}

function truthOfGroups(world: OktaWorld): TrueEvidence[] {
  return world.groups.flatMap((group) => [
    {
      type: 'okta.group',
      key: [group.id],
      material: {
        groupId: group.id,
        name: group.name,
        description: null,
        type: group.type,
        createdAt: group.createdAt,
      },
    },
    ...membersOf(world, group).map((userId) => ({
      type: 'okta.group_member',
      key: [group.id, userId],
      material: { groupId: group.id, userId },
    })),
  ]);
}

function truthOfApps(world: OktaWorld): TrueEvidence[] {
  return world.apps.flatMap(({ id, name, label, status, features, createdAt, assignments }) => [
    {
      type: 'okta.app',
      key: [id],
      material: { appId: id, name, label, status, signOnMode: 'SAML_2_0', features: features.toSorted(), createdAt },
    },
    ...assignments.map(({ userId, scope, userName = null, externalId = null }) => ({
      type: 'okta.app_user',
      key: [id, userId],
      material: { appId: id, userId, scope, status: 'ACTIVE', userName, externalId, createdAt },
    })),
  ]);
}

function truthOfRoles(world: OktaWorld): TrueEvidence[] {
  const truth = (assigneeType: string, assigneeId: string, role: WorldRole, assignedThrough: string) => ({
    type: 'okta.admin_role',
    key: [assigneeType, assigneeId, role.id],
    material: {
      ...{ assigneeType, assigneeId, assignmentId: role.id, role: role.type, label: role.type, status: 'ACTIVE' },
      ...{ assignedThrough, customRoleId: null, resourceSetId: null, createdAt: longAgo },
    },
  });
  return [
    ...world.users.flatMap((user) =>
      rolesOfUser(world, user).map((role) => truth('user', user.id, role, role.through)),
    ),
    ...world.groups.flatMap(({ id, roles }) => roles.map((role) => truth('group', id, role, 'GROUP'))),
  ];
}

function truthOfEvents(world: OktaWorld): TrueEvidence[] {
  return world.events.map(({ uuid, published, eventType, actorId }) => ({
    type: 'okta.log_event',
    key: [uuid],
    material: {
      ...{ uuid, published, eventType, severity: 'INFO', message: eventType, actorId, actorType: 'User' },
      ...{ ipAddress: '203.0.113.7', result: 'SUCCESS', reason: null },
      targets: [{ type: 'User', id: actorId }],
    },
  }));
}
