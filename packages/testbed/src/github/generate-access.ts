import { createRandom } from './random.ts';
import type { GitHubWorld, WorldOrganization, WorldRepository, WorldWebhook } from './world.ts';
import type { WorldSize } from './world-size.ts';

interface Site {
  readonly index: number;
  readonly size: WorldSize;
}

/** Teams, people from outside, collaborators and webhooks; from a random number generator of its own, so that the rest stays as it was. */
export function generateAccess(world: GitHubWorld, organization: WorldOrganization, { index, size }: Site): void {
  const random = createRandom(size.seed * 31 + index + 1);
  const userIds = organization.members.map(({ userId }) => userId);
  const outsiders = Array.from({ length: size.outsideCollaborators }, (_, nth) => {
    return { id: 24_000_000 + index * 1_000_000 + nth * 3, login: `${organization.login}-guest-${nth + 1}` };
  });
  world.users.push(...outsiders);
  organization.outsideCollaborators = outsiders.map(({ id }, nth) => ({ userId: id, twoFactor: nth % 3 !== 1 }));
  organization.teams = Array.from({ length: size.teams }, (_, nth) => {
    const members = Array.from({ length: Math.min(size.teamMembers, userIds.length) }, (_, place) => ({
      userId: userIds[(nth * 5 + place) % userIds.length] ?? 0,
      role: place === 0 ? ('maintainer' as const) : ('member' as const),
    }));
    return {
      id: 60_000_000 + index * 100_000 + nth,
      slug: `team-${nth + 1}`,
      name: `Team ${nth + 1}`,
      privacy: nth % 4 === 3 ? ('secret' as const) : ('closed' as const),
      parentId: nth % 3 === 2 ? 60_000_000 + index * 100_000 + nth - 1 : null,
      members,
    };
  });
  let hooks = 0;
  const webhook = (): WorldWebhook => {
    hooks += 1;
    return {
      id: 300_000_000 + index * 1_000_000 + hooks,
      active: hooks % 5 !== 4,
      events: ['push', 'pull_request', 'release'].slice(0, 1 + random.below(3)),
      url: `${hooks % 4 === 3 ? 'http' : 'https'}://hooks-${random.below(4)}.example.com/services/${random.hex(24)}`,
      hasSecret: hooks % 3 !== 2,
      verifiesCertificate: hooks % 6 !== 5,
      createdAt: '2024-02-01T10:00:00Z',
      updatedAt: '2024-02-01T10:00:00Z',
    };
  };
  organization.webhooks = Array.from({ length: size.webhooks }, webhook);
  const people = [...userIds, ...outsiders.map(({ id }) => id)];
  for (const [nth, repository] of organization.repositories.entries()) {
    repository.webhooks = Array.from({ length: share(size.webhooks, nth, size) }, webhook);
    repository.collaborators = collaborators(people, nth, size);
  }
}

function collaborators(people: readonly number[], nth: number, size: WorldSize): WorldRepository['collaborators'] {
  const roles = ['admin', 'write', 'read', 'maintain', 'triage'] as const;
  return Array.from({ length: Math.min(size.collaborators, people.length) }, (_, place) => ({
    userId: people.at(place === 0 ? 0 : -(1 + ((nth + place) % (people.length - 1)))) ?? 0,
    role: roles[place % roles.length] ?? 'read',
  }));
}

/** An even share of a total; the first repositories take the rest. */
export function share(total: number, nth: number, { repositories }: WorldSize): number {
  return Math.floor(total / repositories) + (nth < total % repositories ? 1 : 0);
}
