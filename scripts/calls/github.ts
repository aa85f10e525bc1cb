import type { Counts } from '@evidence-fleet/connector-sdk';
import { connectors } from '@evidence-fleet/connectors';
import {
  generateGitHubWorld,
  githubTruth,
  startGitHub,
  type WorldOrganization,
  type WorldRepository,
  type WorldSize,
} from '@evidence-fleet/testbed';
import { arrivalsOf, type Provider, type Scale } from './provider.ts';

const sizes: Record<Scale, Partial<WorldSize>> = {
  large: {
    ...{ repositories: 500, members: 2_000, pullRequests: 20_000, alerts: 2_000 },
    ...{ teams: 60, teamMembers: 30, outsideCollaborators: 150, collaborators: 6, webhooks: 250 },
    ...{ workflowRuns: 20_000, commits: 20_000, codeAlerts: 1_000, secretAlerts: 500 },
  },
  small: { repositories: 20, members: 60, pullRequests: 20, alerts: 130, webhooks: 5 },
};
/** So that the first load does not wait for the hours that GitHub allows. */
const quotaFactor = 30;

export async function openGitHub(scale: Scale): Promise<Provider> {
  const size = sizes[scale];
  const world = generateGitHubWorld({ seed: 3, denied: 0, ...size });
  const [organization] = world.organizations;
  const [token] = world.tokens;
  if (organization === undefined || token === undefined) throw new Error('the world is empty');
  token.hourlyLimit *= quotaFactor;
  const github = await startGitHub(world);
  return {
    connector: 'github',
    size: `${size.repositories} repositories, ${size.members} members, ${size.pullRequests} pull requests`,
    quotaFactor,
    integration: {
      kind: 'token',
      secrets: { token: token.secret },
      settings: { organizations: [organization.login] },
      endpoint: github.url,
    },
    counts: countsOf(organization),
    truth: githubTruth(world),
    requests: github.requests,
    arrivals: () => arrivalsOf(connectors.get('github'), github),
    close: () => github.close(),
  };
}

function countsOf({ members, repositories, teams, outsideCollaborators, webhooks }: WorldOrganization): Counts {
  const each = (list: (repository: WorldRepository) => readonly unknown[], of = repositories) =>
    of.map((repository) => list(repository).length);
  const all = (list: (repository: WorldRepository) => readonly unknown[]) => repositories.flatMap(list).length;
  const live = repositories.filter(({ archived }) => !archived);
  const pushed = repositories.filter(({ pushedAt }) => pushedAt !== null);
  const inTeams = (role: 'maintainer' | 'member') =>
    teams.map((team) => team.members.filter((member) => member.role === role).length);
  return {
    organizations: 1,
    repositories: repositories.length,
    'live repositories': live.length,
    'live repositories with a branch': live.filter(({ empty }) => !empty).length,
    'repositories with a push': pushed.length,
    members: members.length,
    owners: members.filter(({ role }) => role === 'admin').length,
    'members without a second factor': members.filter(({ twoFactor }) => !twoFactor).length,
    'outside collaborators': outsideCollaborators.length,
    'outside collaborators without a second factor': outsideCollaborators.filter(({ twoFactor }) => !twoFactor).length,
    teams: teams.length,
    'maintainers of a team': inTeams('maintainer'),
    'other members of a team': inTeams('member'),
    'collaborators of a repository': each(({ collaborators }) => collaborators),
    'webhooks of the organization': webhooks.length,
    'webhooks of a repository': each((one) => one.webhooks),
    'rulesets of a repository': each(({ rulesets }) => rulesets),
    rulesets: new Set(repositories.flatMap(({ rulesets }) => rulesets.map(({ id }) => id))).size,
    'closed pull requests of a repository': each(({ pullRequests }) =>
      pullRequests.filter(({ state }) => state === 'closed'),
    ),
    'merged pull requests': all(({ pullRequests }) => pullRequests.filter(({ mergedAt }) => mergedAt !== null)),
    'workflow runs of a repository': each(({ workflowRuns }) => workflowRuns),
    'commits of a repository with a push': each(({ commits }) => commits, pushed),
    'Dependabot alerts': all(({ alerts }) => alerts),
    'code scanning alerts': all(({ codeAlerts }) => codeAlerts),
    'secret scanning alerts': all(({ secretAlerts }) => secretAlerts),
  };
}
