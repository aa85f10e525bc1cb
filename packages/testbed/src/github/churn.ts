import { createRandom } from './random.ts';
import type { GitHubWorld, WorldWebhook } from './world.ts';

/**
 * Moves every value that changes by itself (pushes, stars, sizes, times of update) and shuffles every list whose order means
 * nothing. No evidence changes by it. Pull requests keep their time of update: that one says which of them to read again.
 */
export function churnWorld(world: GitHubWorld, seed: number, now: Date): void {
  const random = createRandom(seed);
  const instant = `${now.toISOString().slice(0, 19)}Z`;
  const shuffle = (list: unknown[]) => list.sort(() => random.next() - 0.5);
  const churnWebhooks = (webhooks: WorldWebhook[]) => {
    shuffle(webhooks);
    for (const webhook of webhooks) {
      shuffle(webhook.events);
      webhook.updatedAt = instant;
    }
  };
  shuffle(world.users);
  for (const organization of world.organizations) {
    organization.updatedAt = instant;
    shuffle(organization.members);
    shuffle(organization.repositories);
    shuffle(organization.teams);
    for (const team of organization.teams) shuffle(team.members);
    shuffle(organization.outsideCollaborators);
    churnWebhooks(organization.webhooks);
    for (const repository of organization.repositories) {
      repository.updatedAt = instant;
      if (repository.pushedAt !== null) repository.pushedAt = instant;
      repository.sizeKb += 1 + random.below(500);
      repository.stargazers += 1 + random.below(5);
      repository.forks += random.below(2);
      repository.openIssues += random.below(3);
      shuffle(repository.rulesets);
      if (repository.protection) shuffle(repository.protection.checks);
      shuffle(repository.alerts);
      for (const alert of repository.alerts) alert.updatedAt = instant;
      shuffle(repository.pullRequests);
      shuffle(repository.collaborators);
      churnWebhooks(repository.webhooks);
      shuffle(repository.workflowRuns);
      shuffle(repository.commits);
      for (const one of [...repository.codeAlerts, ...repository.secretAlerts]) one.updatedAt = instant;
      shuffle(repository.codeAlerts);
      shuffle(repository.secretAlerts);
    }
  }
}
