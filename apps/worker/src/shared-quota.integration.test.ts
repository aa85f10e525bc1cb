import { hostname } from 'node:os';
import { connectors } from '@evidence-fleet/connectors';
import { requestSync } from '@evidence-fleet/db';
import { connectPatiently, createProducer, type Producer } from '@evidence-fleet/queue';
import { budgetOf, createQuota, type RedisQuota } from '@evidence-fleet/quota';
import { createLogger } from '@evidence-fleet/service';
import {
  type Fleet,
  type GitHubSimulator,
  generateGitHubWorld,
  startFleet,
  startGitHub,
  until,
} from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

/** So small a share of GitHub's 5,000 calls an hour that one sync of 30 repositories needs more than may be made at once. */
const share = 0.01;

describe('two integrations of one GitHub account', () => {
  let fleet: Fleet;
  let github: GitHubSimulator;
  let producer: Producer;
  let quota: RedisQuota;
  let workers: string[];
  const closing: (() => unknown)[] = [];
  const [limit] = connectors.get('github')?.limits ?? [];
  if (limit === undefined) throw new Error('GitHub documents no limit');
  const budget = budgetOf(limit, share);

  beforeAll(async () => {
    const world = generateGitHubWorld({ organizations: 3, repositories: 30, denied: 0 });
    const [first, second] = world.organizations;
    // The owner of the first organization owns the second too: one account, whose token two tenants gave to the fleet.
    second?.members.push({ userId: first?.members[0]?.userId ?? 0, role: 'admin', twoFactor: true });
    // Slow enough that neither worker has spent the whole burst before the other has begun.
    github = await startGitHub(world, { delayMs: 100 });
    closing.push(() => github.close());
    fleet = await startFleet();
    closing.push(() => fleet.close());
    const log = createLogger({ name: 'test', level: 'silent' });
    const redis = connectPatiently({ url: fleet.redisUrl, name: 'test', log });
    closing.push(() => redis.disconnect());
    quota = createQuota({ redis, prefix: 'fleet:', share });
    producer = createProducer({ redis: fleet.redisUrl, log });
    closing.push(() => producer.close());
    // One slot each: neither worker can take both runs.
    const env = { SYNC_NOW_SLOTS: '1', QUOTA_SHARE: String(share) };
    const started = await Promise.all([fleet.start('worker', env), fleet.start('worker', env)]);
    workers = started.map(({ pid }) => `${hostname()}-${pid}`);
  }, 60_000);
  afterAll(async () => {
    for (const close of closing.toReversed()) await close();
  }, 30_000);

  /** A tenant whose integration reads one organization with one user's token, and was checked when it was added. */
  async function tenantReading(organization: number, tokenOf: number) {
    const { organizationId, add } = await fleet.tenant(`reads-${organization + 1}`);
    const token = github.tokens[tokenOf];
    const integrationId = await add({
      connector: 'github',
      name: 'github',
      kind: 'token',
      secrets: { token: token?.secret },
      settings: { organizations: [github.world.organizations[organization]?.login] },
      endpoint: github.url,
    });
    const scope = `user:${token?.userId}`;
    await fleet.superuser.query('UPDATE integration SET quota_scope = $2 WHERE id = $1', [integrationId, scope]);
    return { organizationId, integrationId, scope };
  }

  interface EndedAttempt {
    readonly state: string;
    readonly attempts: number;
    readonly error: string | null;
    readonly later: boolean;
    readonly worker: string;
    readonly ended_as: string;
  }

  /** Asks for all of them at once, and waits until no worker works on any. */
  async function sync(tenants: readonly Awaited<ReturnType<typeof tenantReading>>[]) {
    const requested = await Promise.all(tenants.map((tenant) => requestSync(fleet.database, { ...tenant, types: [] })));
    await producer.ringSync(requested.flatMap(({ ring }) => (ring ? [{ ...ring, queue: 'sync-now' }] : [])));
    return until('the workers have let go of every run', async () => {
      const { rows } = await fleet.superuser.query<EndedAttempt>(
        `SELECT state::text, attempts, error_code AS error, available_at > now() AS later, worker, ended_as
         FROM sync_run run JOIN sync_attempt attempt ON attempt.organization_id = run.organization_id AND attempt.run_id = run.id
         WHERE run.id = ANY($1) AND released_at IS NOT NULL`,
        [requested.map(({ runId }) => runId)],
      );
      return rows.length === tenants.length && rows;
    });
  }

  const callsFor = (login: string) =>
    github.requests.filter(({ path }) => new RegExp(`^/(orgs|repos)/${login}(/|\\?|$)`).test(path)).length;

  it('share one budget, whichever tenant and worker spends it, and wait when it is used up', async () => {
    const runs = await sync([await tenantReading(0, 0), await tenantReading(1, 0)]);
    await until('the burst is spent', () => github.requests.length >= budget.burst);
    const times = github.requests.map(({ at }) => at);
    const elapsedMs = Math.max(...times) - Math.min(...times);

    // The provider's count, by its own clock: the burst, and what the rate gave since; two budgets would have made it twice that.
    expect(times.length).toBeLessThanOrEqual(budget.burst + Math.ceil(elapsedMs / budget.intervalMs));
    expect(times.length).toBeLessThanOrEqual(budget.calls);
    expect(times.length).toBeGreaterThanOrEqual(budget.burst);
    expect(await quota.usage(`user:${github.tokens[0]?.userId}`, limit)).toEqual({
      used: times.length,
      budget: budget.calls,
      blockedMs: 0,
    });

    expect(callsFor('example-org-1')).toBeGreaterThan(0);
    expect(callsFor('example-org-2')).toBeGreaterThan(0);
    expect(runs.map(({ worker }) => worker).toSorted()).toEqual(workers.toSorted());
    for (const run of runs)
      expect(run).toMatchObject({ state: 'waiting', attempts: 0, error: null, later: true, ended_as: 'snooze' });
    process.stdout.write(
      `Two integrations of one account: ${times.length} calls in ${elapsedMs} ms, budget ${budget.burst} at once and ${budget.calls} an hour\n`,
    );
  });

  it('leave the budget of another account alone', async () => {
    const before = github.requests.length;
    const other = await tenantReading(2, 2);
    await sync([other]);
    // A call that was in flight when the run was let go is written down when it is answered.
    const calls = await until('the burst is spent', () => {
      const made = github.requests.length - before;
      return made >= budget.burst && made;
    });
    expect((await quota.usage(other.scope, limit)).used).toBe(calls);
  });
});
