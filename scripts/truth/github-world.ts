import {
  type GitHubWorld,
  generateGitHubWorld,
  githubTruth,
  startGitHub,
  type WorldOrganization,
  type WorldProtection,
} from '@evidence-fleet/testbed';
import { arrangeHistory, changeHistory, leaveUnasked, newColleagueId } from './github-history.ts';
import { resourcesOf } from './resource.ts';
import type { OpenWorld } from './world.ts';

const narrowToken = `ghp_${'narrow'.repeat(6)}`;

/** A small GitHub with three items a page: three pages of each list, one resource of each kind that goes, comes and changes. */
export async function openGitHubWorld(): Promise<OpenWorld> {
  const world = generateGitHubWorld({
    seed: 11,
    repositories: 8,
    members: 8,
    pullRequests: 8 * 7,
    alerts: 8,
    denied: 0,
    ...{ teams: 8, teamMembers: 1, outsideCollaborators: 8, collaborators: 1, webhooks: 8 },
    ...{ workflowRuns: 0, commits: 0, codeAlerts: 8, secretAlerts: 8 },
    now: new Date(),
  });
  const organization = world.organizations[0];
  const token = world.tokens[0];
  if (organization === undefined || token === undefined) throw new Error('the world is empty');
  arrange(world, organization);
  token.hourlyLimit = 1e9;
  world.tokens.push({ ...token, secret: narrowToken, scopes: ['read:user'] });
  const github = await startGitHub(world, { pageSize: 3 });
  return {
    world: {
      connector: 'github',
      kind: 'token',
      secrets: { token: token.secret },
      settings: { organizations: [organization.login] },
      upstream: github.url,
      narrowToken,
    },
    changes: [
      // GitHub does not tell a removed repository from a hidden one: the second pass that misses it decides.
      async () => {
        organization.repositories.splice(6, 1);
        leaveUnasked(organization);
      },
      async () => {
        changeAll(world, organization);
        changeHistory(organization);
      },
    ],
    resources: () => resourcesOf(githubTruth(world), ({ material }) => String(material.orgId)),
    close: () => github.close(),
  };
}

/** Four owners, four members without a second factor, and default branches that all pass but one that is empty. */
function arrange(world: GitHubWorld, organization: WorldOrganization): void {
  for (const [nth, member] of organization.members.entries()) {
    member.role = nth < 4 ? 'admin' : 'member';
    member.twoFactor = nth < 4;
  }
  const model = organization.repositories.find(({ protection }) => protection !== null)?.protection;
  for (const [nth, repository] of organization.repositories.entries()) {
    repository.protection = nth === 5 ? null : strong(repository.protection ?? model);
    if (nth === 5) Object.assign(repository, { empty: true, pushedAt: null, rulesets: [] });
    repository.pullRequests = nth === 0 ? repository.pullRequests : repository.pullRequests.slice(0, nth === 3 ? 1 : 0);
  }
  world.users.push({ id: newColleagueId, login: 'new-colleague' });
  arrangeHistory(organization);
}

function strong(protection: WorldProtection | null | undefined): WorldProtection {
  if (!protection) throw new Error('no repository of this world is protected');
  return { ...protection, approvals: Math.max(1, protection.approvals), checks: ['build', 'test'] };
}

function changeAll(_world: GitHubWorld, organization: WorldOrganization): void {
  const [first, second, third] = organization.repositories;
  const member = organization.members[1];
  const pull = first?.pullRequests.findLast(({ mergedAt }) => mergedAt !== null);
  if (!first || !second || !third?.protection || !member || !pull) throw new Error('the world is too small');
  organization.members.splice(7, 1);
  organization.members.push({ userId: newColleagueId, role: 'member', twoFactor: true });
  member.twoFactor = false;
  second.visibility = second.visibility === 'private' ? 'internal' : 'private';
  third.protection.checks.push('licences');
  // The later one moves the watermark past the earlier one by more than the connector's overlap.
  for (const [nth, repository] of [first, second].entries()) {
    const merged = `${new Date(Date.now() - (nth === 0 ? 1_800_000 : 1_000)).toISOString().slice(0, 19)}Z`;
    const id = pull.id + 40 + nth;
    repository.pullRequests.push({ ...pull, id, number: 99, title: 'New', updatedAt: merged, mergedAt: merged });
  }
}
