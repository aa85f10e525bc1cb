import { share } from './generate-access.ts';
import { createRandom, type Random } from './random.ts';
import type {
  WorldCodeAlert,
  WorldCommit,
  WorldOrganization,
  WorldRepository,
  WorldSecretAlert,
  WorldWorkflowRun,
} from './world.ts';
import type { WorldSize } from './world-size.ts';

interface Site {
  readonly nth: number;
  readonly index: number;
  readonly size: WorldSize;
  readonly random: Random;
  readonly userIds: readonly number[];
}

const dayMs = 86_400_000;

/** Commits, workflow runs and alerts of 80 days; nothing in a repository that is empty. Every seventh run has not ended yet. */
export function generateHistory(
  organization: WorldOrganization,
  { index, size }: { readonly index: number; readonly size: WorldSize },
): void {
  const random = createRandom(size.seed * 37 + index + 1);
  const userIds = organization.members.map(({ userId }) => userId);
  for (const [nth, repository] of organization.repositories.entries()) {
    if (!repository.empty) addHistory(repository, { nth, index, size, random, userIds });
  }
}

function addHistory(repository: WorldRepository, site: Site): void {
  const many = <T>(total: number, make: (site: Site, number: number) => T) =>
    Array.from({ length: share(total, site.nth, site.size) }, (_, number) => make(site, number + 1));
  repository.commits = many(site.size.commits, commit);
  repository.workflowRuns = many(site.size.workflowRuns, workflowRun);
  repository.codeAlerts = many(site.size.codeAlerts, codeAlert);
  repository.secretAlerts = many(site.size.secretAlerts, secretAlert);
}

function before({ size }: Site, days: number): string {
  return `${new Date(size.now.getTime() - days * dayMs).toISOString().slice(0, 19)}Z`;
}

function commit(site: Site, number: number): WorldCommit {
  const { random, userIds } = site;
  const reason = random.pick(['valid', 'valid', 'unsigned', 'unknown_key'] as const);
  return {
    sha: random.hex(40),
    authorId: number % 9 === 8 ? null : (userIds[random.below(userIds.length)] ?? null),
    committedAt: before(site, 2 + random.below(78)),
    verified: reason === 'valid',
    reason,
  };
}

function workflowRun(site: Site, number: number): WorldWorkflowRun {
  const { random, userIds, nth, index } = site;
  const hasEnded = number % 7 !== 0;
  const createdAt = before(site, 2 + random.below(78));
  return {
    id: 700_000_000 + index * 50_000_000 + nth * 50_000 + number,
    workflowId: 80_000 + nth,
    event: random.pick(['push', 'pull_request', 'schedule'] as const),
    status: hasEnded ? 'completed' : 'in_progress',
    conclusion: hasEnded ? random.pick(['success', 'success', 'failure', 'cancelled'] as const) : null,
    attempt: 1,
    actorId: userIds[random.below(userIds.length)] ?? 0,
    headSha: random.hex(40),
    createdAt,
    updatedAt: createdAt,
  };
}

function codeAlert(site: Site, number: number): WorldCodeAlert {
  const { random } = site;
  const state = random.pick(['open', 'open', 'fixed', 'dismissed'] as const);
  return {
    number,
    state,
    ruleId: random.pick(['js/sql-injection', 'js/xss', 'py/weak-crypto'] as const),
    securitySeverity: random.pick(['low', 'medium', 'high', 'critical', null] as const),
    path: random.pick(['src/server.ts', 'src/query.ts', 'lib/hash.py'] as const),
    createdAt: before(site, 40 + random.below(40)),
    updatedAt: before(site, 20),
    fixedAt: state === 'fixed' ? before(site, 21) : null,
    dismissedAt: state === 'dismissed' ? before(site, 22) : null,
    dismissedReason: state === 'dismissed' ? 'false positive' : null,
  };
}

function secretAlert(site: Site, number: number): WorldSecretAlert {
  const { random } = site;
  const isResolved = random.chance(0.4);
  return {
    number,
    state: isResolved ? 'resolved' : 'open',
    secretType: random.pick(['aws_access_key_id', 'slack_api_token'] as const),
    secret: `leaked-${random.hex(32)}`,
    resolution: isResolved ? random.pick(['revoked', 'false_positive'] as const) : null,
    resolvedAt: isResolved ? before(site, 15) : null,
    validity: random.pick(['active', 'inactive', 'unknown'] as const),
    createdAt: before(site, 30 + random.below(40)),
    updatedAt: before(site, 15),
  };
}
