import { cancelRun } from '@evidence-fleet/db';
import { createHold, type Fleet, type FleetProcess, type Hold, startFleet, until } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { createGitHubTenant, type GitHubTenant, hasEnded } from './testing/github-tenant.ts';
import { ledgerState } from './testing/ledger-state.ts';

const now = new Date();
const whole = { seed: 5, repositories: 4, members: 30, pullRequests: 6, alerts: 120, denied: 1, teams: 1, now };
const small = { seed: 6, repositories: 1, members: 3, pullRequests: 1, alerts: 3, denied: 0, teams: 1, now };
const workerEnv = { SYNC_SLOTS: '2', SHUTDOWN_GRACE_MS: '200', QUOTA_SHARE: '1' };
const secondPage = /dependabot\/alerts.*[?&]after=/;

/** The machine may be busy with other tests. */
jest.setTimeout(120_000);

describe('a fleet of two workers', () => {
  let fleet: Fleet;
  let redis: Redis;
  const tenants: GitHubTenant[] = [];

  beforeAll(async () => {
    fleet = await startFleet();
    redis = new Redis(fleet.redisUrl);
    await Promise.all([
      fleet.start('scheduler', { TICK_MS: '200' }),
      fleet.start('worker', workerEnv),
      fleet.start('worker', workerEnv),
    ]);
  }, 60_000);
  afterAll(async () => {
    redis?.disconnect();
    for (const { github } of tenants) await github.close();
    await fleet?.close();
  }, 60_000);

  async function tenantOf(slug: string, size: typeof whole): Promise<GitHubTenant> {
    const tenant = await createGitHubTenant(fleet, slug, { size });
    tenants.push(tenant);
    return tenant;
  }

  /** As many small tenants, all due at the same moment as soon as `due` is called. */
  async function many(name: string, count: number) {
    const made = await Promise.all(Array.from({ length: count }, (_, index) => tenantOf(`${name}-${index}`, small)));
    const ids = made.map(({ integrationId }) => integrationId);
    return {
      made,
      due: () => fleet.superuser.query('UPDATE integration SET next_sync_at = now() WHERE id = ANY($1)', [ids]),
      async ended() {
        const runs = await Promise.all(made.map((tenant) => tenant.run('ends', hasEnded)));
        await Promise.all(made.map((tenant) => tenant.quiet()));
        return runs;
      },
    };
  }

  function hold({ github }: GitHubTenant, match: RegExp): Hold {
    const held = createHold();
    github.faults.add({ ...held.fault, match, times: Number.POSITIVE_INFINITY });
    return held;
  }

  /** The process that holds the tenant's running run, which is held up by the provider at its second page. */
  async function stoppedMidPage(tenant: GitHubTenant): Promise<{ holder: FleetProcess; held: Hold; runId: string }> {
    const held = hold(tenant, secondPage);
    await tenant.due();
    await held.reached;
    const run = await tenant.run('is running', ({ state }) => state === 'running');
    const holder = fleet.processes.find(({ pid }) => run.lease_owner?.endsWith(`-${pid}`));
    if (holder === undefined) throw new Error(`nobody is ${run.lease_owner}`);
    return { holder, held, runId: run.id };
  }

  it('on SIGTERM cancels after the grace, exits with 0, and the run goes on elsewhere without losing an attempt', async () => {
    const [tenant, undisturbed] = [await tenantOf('handed-over', whole), await tenantOf('undisturbed', whole)];
    const { holder, held } = await stoppedMidPage(tenant);
    holder.kill('SIGTERM');
    expect(await holder.ended).toBe(0);
    held.release();
    const run = await tenant.run('ends', hasEnded);
    expect(run).toMatchObject({ state: 'partial', attempts: 0, crash_count: 0 });
    expect(await tenant.attempts()).toMatchObject([{ ended_as: 'shutdown' }, { ended_as: 'done' }]);
    await undisturbed.due();
    await undisturbed.run('ends', hasEnded);
    await Promise.all([tenant.quiet(), undisturbed.quiet()]);
    const expected = await ledgerState(fleet.superuser, undisturbed.organizationId);
    expect(await ledgerState(fleet.superuser, tenant.organizationId)).toEqual(expected);
    await fleet.start('worker', workerEnv);
  });

  it('ends a run within 2 s of its cancellation by another process, in the middle of a page, and lives on', async () => {
    const tenant = await tenantOf('cancelled', whole);
    const { holder, held, runId } = await stoppedMidPage(tenant);
    const { organizationId } = tenant;
    const askedAt = performance.now();
    expect(await cancelRun(fleet.database, { organizationId, runId })).toBe('requested');
    await tenant.run('is cancelled', ({ state }) => state === 'cancelled');
    expect(performance.now() - askedAt).toBeLessThan(2_000);
    expect(await tenant.attempts()).toMatchObject([{ ended_as: 'cancel' }]);
    expect((await fetch(`${holder.healthUrl}/ready`)).status).toBe(200);
    held.release();
    await tenant.due();
    await tenant.run('is partial', ({ state }) => state === 'partial'); // one repository is denied
  });

  it('completes everything that is due though Redis forgets all of it', async () => {
    const { made, due, ended } = await many('forgotten', 8);
    const holds = made.map((tenant) => hold(tenant, /^\/user$/));
    await due();
    // Two slots in each of two workers: four are in hand, four stand in line.
    await until('four jobs stand in line', async () => (await redis.zcard('{sync}:sync:prioritized')) === 4);
    await until('four runs wait for their provider', async () => (await running(made)).length === 4);
    await redis.flushall();
    for (const held of holds) held.release();
    const firstReading = { state: 'partial', attempts: 0, crash_count: 0 };
    expect(await ended()).toMatchObject(made.map(() => firstReading));
    for (const tenant of made) expect(await tenant.attempts()).toMatchObject([{ ended_as: 'done' }]);
  });

  it('runs nothing twice under two schedulers, and goes on when one of them is killed', async () => {
    const second = await fleet.start('scheduler', { TICK_MS: '200' });
    const { made, due, ended } = await many('scheduled', 6);
    for (const round of [1, 2, 3]) {
      if (round === 3) second.kill('SIGKILL');
      await due();
      await until('every run of the round is there', async () => (await runsOf(made)) === made.length * round);
      const state = round === 1 ? 'partial' : 'succeeded'; // a first reading is confirmed by a second one of its own
      expect(await ended()).toMatchObject(made.map(() => ({ state })));
    }
    expect(await runsOf(made)).toBe(made.length * 3);
    for (const tenant of made) {
      expect(await tenant.attempts()).toMatchObject([1, 2, 3].map(() => ({ ended_as: 'done' })));
      const [rounds, confirmation] = [3, 1];
      const listings = tenant.github.requests.filter(({ path }) => path.includes('/dependabot/alerts'));
      expect(listings).toHaveLength(rounds + confirmation);
    }
  });

  async function running(made: readonly GitHubTenant[]) {
    const ids = made.map(({ integrationId }) => integrationId);
    const { rows } = await fleet.superuser.query<{ id: string }>(
      `SELECT id FROM sync_run WHERE integration_id = ANY($1) AND state = 'running'`,
      [ids],
    );
    return rows;
  }

  async function runsOf(made: readonly GitHubTenant[]): Promise<number> {
    const ids = made.map(({ integrationId }) => integrationId);
    const whole = `SELECT FROM sync_run WHERE integration_id = ANY($1) AND types = '{}'`;
    const { rowCount } = await fleet.superuser.query(whole, [ids]);
    return rowCount ?? 0;
  }
});
