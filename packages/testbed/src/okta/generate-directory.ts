import type { Random } from '../github/random.ts';
import type { OktaWorld, WorldApp, WorldGroup, WorldOktaUser } from './world.ts';
import type { OktaWorldSize } from './world-size.ts';

interface Means {
  readonly random: Random;
  id(prefix: string, number: number): string;
  ago(hours: number): string;
}

/** Users, of which about one in six is a leaver; the group that holds everybody, and others; apps. */
export function generateDirectory(
  { users = 12, groups = 4, apps = 4 }: OktaWorldSize,
  means: Means,
): Pick<OktaWorld, 'users' | 'groups' | 'apps'> {
  const people = Array.from({ length: users }, (_, number) => person(number, means));
  const ids = people.filter(({ status }) => status !== 'DEPROVISIONED').map((user) => user.id);
  return {
    users: people,
    groups: Array.from({ length: groups }, (_, number) => group(number, ids, means)),
    apps: Array.from({ length: apps }, (_, number) => app(number, ids, means)),
  };
}

function person(number: number, { random, id, ago }: Means): WorldOktaUser {
  const isOwner = number === 0;
  const status = isOwner || random.chance(0.7) ? 'ACTIVE' : random.pick(['STAGED', 'SUSPENDED', 'DEPROVISIONED']);
  const hasFactor = status !== 'DEPROVISIONED' && random.chance(0.8);
  return {
    id: id('00u', number),
    login: `person-${number}@example.com`,
    status,
    createdAt: ago(9000 - number),
    statusChangedAt: ago(8000),
    lastLoginAt: random.chance(0.8) ? ago(10) : null,
    passwordChangedAt: ago(2000),
    updatedAt: ago(10),
    factors: hasFactor
      ? [
          { id: id('ost', number * 2), type: random.pick(['push', 'webauthn', 'question']), status: 'ACTIVE' },
          { id: id('ost', number * 2 + 1), type: 'webauthn', status: 'PENDING_ACTIVATION' },
        ]
      : [],
    roles: isOwner
      ? [{ id: id('ra1', number), type: 'SUPER_ADMIN' }]
      : status === 'ACTIVE' && random.chance(0.1)
        ? [{ id: id('ra1', number), type: random.pick(['USER_ADMIN', 'APP_ADMIN']) }]
        : [],
    unlisted: false,
  };
}

function group(number: number, ids: readonly string[], { random, id, ago }: Means): WorldGroup {
  const isEverybody = number === 0;
  return {
    id: id('00g', number),
    name: isEverybody ? 'Everyone' : `group ${number}`,
    type: isEverybody ? 'BUILT_IN' : 'OKTA_GROUP',
    createdAt: ago(9500),
    updatedAt: ago(90),
    memberIds: isEverybody ? [] : ids.filter(() => random.chance(Math.min(0.6, 20 / ids.length))),
    roles: number === 1 ? [{ id: id('grp', number), type: 'APP_ADMIN' }] : [],
  };
}

function app(number: number, ids: readonly string[], { random, id, ago }: Means): WorldApp {
  return {
    id: id('0oa', number),
    name: `catalogue_app_${number}`,
    label: `App ${number}`,
    status: random.chance(0.9) ? 'ACTIVE' : 'INACTIVE',
    createdAt: ago(9000),
    updatedAt: ago(80),
    features: ['PUSH_NEW_USERS', 'PUSH_USER_DEACTIVATION'],
    assignments: ids
      .filter(() => random.chance(Math.min(0.6, 20 / ids.length)))
      .map((userId, place) => ({
        userId,
        scope: random.pick(['USER', 'GROUP']),
        ...(place % 5 !== 4 && { userName: `${userId.toLowerCase()}@app-${number}.example` }),
        ...(place % 3 === 0 && { externalId: `account-${userId}` }),
      })),
  };
}
