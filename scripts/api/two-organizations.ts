import { type GitHubWorld, generateGitHubWorld } from '@evidence-fleet/testbed';

/** Small enough to be read within a second or two, and with something of everything: failures, gaps, lists of several pages. */
const size = { repositories: 4, members: 12, pullRequests: 6, alerts: 8, workflowRuns: 4, commits: 4, denied: 1 };

/**
 * A GitHub of two organizations that share no name and no id; whatever the second one is called holds the canary.
 * @param canary a word that occurs nowhere else
 */
export function twoOrganizations(canary: string): GitHubWorld {
  const world = generateGitHubWorld({ ...size, organizations: 2, now: new Date(Date.now() - 60_000) });
  const other = world.organizations[1];
  if (other === undefined) throw new Error('the world has two organizations');
  const mark = (text: string) => `${canary}-${text}`;
  for (const user of world.users) if (user.login.startsWith(other.login)) user.login = mark(user.login);
  other.login = mark(other.login);
  other.name = mark('inc');
  for (const team of other.teams) {
    team.slug = mark(team.slug);
    team.name = mark(team.name);
  }
  for (const repository of other.repositories) {
    repository.name = mark(repository.name);
    for (const pullRequest of repository.pullRequests) pullRequest.title = mark(pullRequest.title);
    for (const alert of repository.alerts) alert.packageName = mark(alert.packageName);
  }
  return world;
}
