import type { GitHubWorld, WorldSize } from '@evidence-fleet/testbed';

/** Every tenant sees the same world, down to the second; large enough for lists of several pages. */
export const size: Partial<WorldSize> = {
  seed: 3,
  repositories: 6,
  members: 16,
  pullRequests: 6,
  alerts: 130,
  denied: 1,
  now: new Date(Date.now() - 60_000),
};

/** What happens in the world before a round: each brings versions, findings, a gap that comes and goes, and now and then a deletion. */
export function change(world: GitHubWorld, round: number): void {
  const organization = world.organizations[0];
  if (organization === undefined) throw new Error('the world has no organization');
  const { repositories, members } = organization;
  const repository = repositories[round % repositories.length];
  const other = repositories[(round + 1) % repositories.length];
  if (repository === undefined || other === undefined) throw new Error('the world is too small');
  organization.twoFactorRequired = !organization.twoFactorRequired;
  repository.visibility = repository.visibility === 'private' ? 'internal' : 'private';
  if (other.denied.protection === undefined) other.denied.protection = 403;
  else delete other.denied.protection;
  if (round % 5 === 1 && members.length > 8) members.pop();
  const alert = repository.alerts.find(({ state }) => state === 'open');
  if (alert) alert.severity = alert.severity === 'high' ? 'low' : 'high';
}
