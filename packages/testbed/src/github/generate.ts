import { generateAccess } from './generate-access.ts';
import { generateHistory } from './generate-history.ts';
import { generateRepository } from './generate-repository.ts';
import { createRandom, type Random } from './random.ts';
import type { GitHubWorld, WorldOrganization, WorldUser } from './world.ts';
import type { WorldSize } from './world-size.ts';

/** Where ids begin; organizations and users share one range at GitHub. */
const firstOrganizationId = 7_000_000;

/**
 * A world of any size, the same for the same arguments, in which some controls fail: members without a second factor, default
 * branches without protection or review, pull requests merged by their author.
 */
export function generateGitHubWorld(size: Partial<WorldSize> = {}): GitHubWorld {
  const whole = { ...defaultSize(), ...size };
  const random = createRandom(whole.seed);
  const world: GitHubWorld = { users: [], organizations: [], tokens: [], installations: [] };
  for (let index = 0; index < whole.organizations; index++) addOrganization(world, index, whole, random);
  return world;
}

function defaultSize(): WorldSize {
  const counts = { organizations: 1, repositories: 30, members: 20, pullRequests: 60, alerts: 40, denied: 1 };
  const access = { teams: 3, teamMembers: 4, outsideCollaborators: 2, collaborators: 2, webhooks: 2 };
  const history = { workflowRuns: 10, commits: 20, codeAlerts: 6, secretAlerts: 4 };
  return { seed: 1, ...counts, ...access, ...history, now: new Date() };
}

function addOrganization(world: GitHubWorld, index: number, size: WorldSize, random: Random): void {
  const id = firstOrganizationId + index * 1000 + 17;
  const login = `example-org-${index + 1}`;
  const users = Array.from({ length: Math.max(1, size.members) }, (_, nth): WorldUser => {
    return { id: 20_000_000 + index * 1_000_000 + nth * 3, login: `${login}-user-${nth + 1}` };
  });
  const organization: WorldOrganization = {
    id,
    login,
    name: `Example Organization ${index + 1}`,
    plan: 'enterprise',
    twoFactorRequired: index % 2 === 0 && random.chance(0.5),
    defaultRepositoryPermission: random.pick(['none', 'read', 'write']),
    membersCanCreatePublicRepositories: random.chance(0.3),
    newRepositoriesDependabotAlerts: random.chance(0.7),
    createdAt: '2017-03-01T09:00:00Z',
    updatedAt: '2026-01-15T09:00:00Z',
    // The first one owns the tokens; every eleventh member fails the control of the second factor.
    members: users.map(({ id: userId }, nth) => {
      return {
        userId,
        role: nth === 0 || nth % 25 === 24 ? 'admin' : 'member',
        twoFactor: nth === 0 || nth % 11 !== 10,
      };
    }),
    repositories: [],
    teams: [],
    outsideCollaborators: [],
    webhooks: [],
    deniedAlerts: false,
  };
  world.users.push(...users);
  for (let nth = 0; nth < size.repositories; nth++) {
    organization.repositories.push(generateRepository({ organizationIndex: index, nth, size, users, random }));
  }
  generateAccess(world, organization, { index, size });
  generateHistory(organization, { index, size });
  world.organizations.push(organization);
  const owner = { secret: `ghp_${random.hex(36)}`, userId: users[0]?.id ?? 0, hourlyLimit: 5000 };
  world.tokens.push({ ...owner, scopes: ['admin:org', 'admin:org_hook', 'repo', 'security_events'] });
}
