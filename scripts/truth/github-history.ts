import type { WorldOrganization, WorldRepository } from '@evidence-fleet/testbed';

/** Joins the organization when the world changes. */
export const newColleagueId = 29_000_001;

const minutesAgo = (minutes: number) => `${new Date(Date.now() - minutes * 60_000).toISOString().slice(0, 19)}Z`;

/** Three pages of each list in one place, one item or none elsewhere; one ruleset of the organization that applies everywhere. */
export function arrangeHistory(organization: WorldOrganization): void {
  const userIds = organization.members.map(({ userId }) => userId);
  const [team] = organization.teams;
  if (team !== undefined)
    team.members = userIds.map((userId, nth) => ({ userId, role: nth < 4 ? 'maintainer' : 'member' }));
  for (const [nth, outsider] of organization.outsideCollaborators.entries()) outsider.twoFactor = nth < 4;
  const hooks = organization.repositories.flatMap((repository) => repository.webhooks.splice(0));
  for (const [nth, repository] of organization.repositories.entries()) {
    const few = nth === 0 ? 8 : nth === 3 ? 1 : 0;
    repository.webhooks = hooks.splice(0, few === 8 ? 7 : few);
    repository.collaborators = userIds.slice(0, Math.max(few, 1)).map((userId) => ({ userId, role: 'write' }));
    repository.visibility = nth === 4 ? 'public' : 'private';
    if (repository.empty) continue;
    repository.rulesets = [rule(49_000, 'Organization'), ...many(few, (one) => rule(48_000 + nth * 100 + one))];
    repository.commits = many(few, (one) => commit(repository, one));
    repository.workflowRuns = many(few, (one) => run(repository, one));
    repository.pushedAt = minutesAgo(60);
  }
}

/** What GitHub has no question for is believed to be gone when a second pass misses it. */
export function leaveUnasked(organization: WorldOrganization): void {
  organization.outsideCollaborators.splice(6, 1);
}

/** One of each kind goes, comes and changes. */
export function changeHistory(organization: WorldOrganization): void {
  const [first] = organization.repositories;
  const [team, other] = organization.teams;
  const [hook, hidden] = organization.webhooks;
  const [guest] = organization.outsideCollaborators;
  const second = first?.collaborators[1];
  const ruleset = first?.rulesets[2];
  if (!first || !team || !other || !hook || !hidden || !guest || !second || !ruleset)
    throw new Error('the world is too small');
  team.name = 'Renamed';
  team.members.splice(7, 1);
  team.members.push({ userId: newColleagueId, role: 'member' });
  Object.assign(team.members[0] ?? {}, { role: 'member' });
  other.parentId = team.id;
  guest.twoFactor = false;
  second.role = 'admin';
  first.collaborators.splice(7, 1);
  first.collaborators.push({ userId: newColleagueId, role: 'read' });
  hook.hasSecret = !hook.hasSecret;
  organization.webhooks.splice(7, 1);
  first.webhooks.splice(6, 1);
  first.webhooks.push({ ...hidden, id: hidden.id + 500 });
  ruleset.approvals = 2;
  first.rulesets.splice(8, 1);
  first.rulesets.push(rule(48_099));
  first.commits.push(commit(first, 99));
  first.workflowRuns.push(run(first, 99));
  first.pushedAt = minutesAgo(0);
  Object.assign(first.codeAlerts[0] ?? {}, { state: 'fixed', fixedAt: minutesAgo(1) });
  Object.assign(first.secretAlerts[0] ?? {}, { state: 'resolved', resolution: 'revoked', resolvedAt: minutesAgo(1) });
}

function many<T>(count: number, make: (nth: number) => T): T[] {
  return Array.from({ length: count }, (_, nth) => make(nth));
}

function rule(id: number, source: 'Organization' | 'Repository' = 'Repository'): WorldRepository['rulesets'][number] {
  return {
    id,
    source,
    approvals: 1,
    checks: ['build'],
    signatures: false,
    forbidsForcePushes: true,
    forbidsDeletions: true,
  };
}

function commit({ id }: WorldRepository, nth: number): WorldRepository['commits'][number] {
  const sha = `${id}${nth}`.padEnd(40, 'c');
  return {
    sha,
    authorId: null,
    committedAt: minutesAgo(100 - nth),
    verified: nth % 2 === 0,
    reason: nth % 2 === 0 ? 'valid' : 'unsigned',
  };
}

function run({ id }: WorldRepository, nth: number): WorldRepository['workflowRuns'][number] {
  const createdAt = minutesAgo(100 - nth);
  return {
    id: id * 100 + nth,
    workflowId: 80_000,
    event: 'push',
    status: 'completed',
    conclusion: nth % 2 === 0 ? 'success' : 'failure',
    attempt: 1,
    actorId: newColleagueId,
    headSha: 'a'.repeat(40),
    createdAt,
    updatedAt: createdAt,
  };
}
