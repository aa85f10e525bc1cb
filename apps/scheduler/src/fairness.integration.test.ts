import { requestSync } from '@evidence-fleet/db';
import { createProducer, type Producer } from '@evidence-fleet/queue';
import { createLogger } from '@evidence-fleet/service';
import {
  createBulkTenant,
  type Fleet,
  type FleetProcess,
  type GitHubSimulator,
  generateGitHubWorld,
  startFleet,
  startGitHub,
  until,
} from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

/** The bench has 10,000. */
const crowd = 1_000;
/** Of one answer; a sync of the tiny world then takes about a second. */
const delayMs = 40;
/** The crowd's syncs are spread over as many accounts, so that no quota stands in their way. */
const accounts = 8;
/** Scheduled syncs that the worker does at once: all taken by the crowd, all the time. */
const slots = 5;
const tiny = { repositories: 1, members: 1, pullRequests: 1, alerts: 1, denied: 0 };
/** Tenants with one integration that are measured one after the other. */
const singles = ['first', 'second', 'third'];
/** For what the whole crowd has to do: many looks would slow it down. */
const patiently = { ms: 90_000, everyMs: 100 };

describe('beside a tenant with thousands of due integrations', () => {
  let fleet: Fleet;
  let producer: Producer;
  let worker: FleetProcess;
  let scheduler: FleetProcess;
  let crowdId: string;
  const simulators: GitHubSimulator[] = [];
  const figures: Record<string, string> = {};

  beforeAll(async () => {
    fleet = await startFleet();
    producer = createProducer({ redis: fleet.redisUrl, log: createLogger({ name: 'test', level: 'silent' }) });
    const { url, world } = await simulate(accounts);
    crowdId = await createBulkTenant(fleet, 'crowd', {
      count: crowd,
      connector: 'github',
      kind: 'token',
      endpoint: url,
      each: (index) => ({
        secrets: { token: world.tokens[index % accounts]?.secret },
        settings: { organizations: [world.organizations[index % accounts]?.login] },
      }),
    });
    [worker, scheduler] = await Promise.all([
      fleet.start('worker', { SYNC_SLOTS: String(slots), QUOTA_SHARE: '1' }),
      fleet.start('scheduler'),
    ]);
    await until("the crowd's syncs are flowing", async () => (await crowdEnded()) >= 10, patiently);
  }, 180_000);

  afterAll(async () => {
    const table = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
    process.stdout.write(`Beside ${crowd} due integrations: ${table.join(' | ')}\n`);
    await producer?.close();
    await fleet?.close();
    for (const simulator of simulators) await simulator.close();
  }, 30_000);

  async function simulate(organizations: number): Promise<GitHubSimulator> {
    const simulator = await startGitHub(generateGitHubWorld({ ...tiny, organizations }), { delayMs });
    simulators.push(simulator);
    return simulator;
  }

  async function count(query: string, ...values: string[]): Promise<number> {
    const { rows } = await fleet.superuser.query<{ count: number }>(`SELECT count(*)::int ${query}`, values);
    return rows[0]?.count ?? 0;
  }
  const crowdDue = () => count('FROM integration WHERE organization_id = $1 AND next_sync_at <= now()', crowdId);
  // Not counted are the confirmations of first readings, which read some evidence types only.
  const whole = "FROM sync_run WHERE organization_id = $1 AND types = '{}'";
  const crowdRuns = () => count(whole, crowdId);
  const crowdEnded = () => count(`${whole} AND finished_at IS NOT NULL`, crowdId);

  /** A job of the crowd, from claim to end: the unit that waiting is measured in. Milliseconds. */
  async function jobMs(): Promise<number> {
    const { rows } = await fleet.superuser.query<{ ms: number }>(
      `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - started_at) * 1000)::float8 AS ms
       ${whole} AND state = 'partial'`,
      [crowdId],
    );
    return rows[0]?.ms ?? Number.NaN;
  }

  /** A tenant with one integration that nobody looks at yet, at a provider of its own, whose log tells when it was first called. */
  async function single(slug: string) {
    const simulator = await simulate(1);
    const { url, world } = simulator;
    const { organizationId, add } = await fleet.tenant(slug);
    const integrationId = await add({
      connector: 'github',
      name: 'github',
      kind: 'token',
      secrets: { token: world.tokens[0]?.secret },
      settings: { organizations: [world.organizations[0]?.login] },
      endpoint: url,
    });
    await fleet.superuser.query('UPDATE integration SET next_health_at = NULL WHERE id = $1', [integrationId]);
    return {
      organizationId,
      integrationId,
      firstCall: () => until(`${slug} is synced`, () => simulator.requests[0]?.at, { everyMs: 5 }),
    };
  }

  it("syncs another tenant's single one within three job times of its date", async () => {
    const waits: number[] = [];
    const before = await crowdEnded();
    for (const nth of singles) {
      const { integrationId, firstCall } = await single(`due-${nth}`);
      const { rows } = await fleet.superuser.query<{ due: Date }>(
        'UPDATE integration SET next_sync_at = clock_timestamp() WHERE id = $1 RETURNING next_sync_at AS due',
        [integrationId],
      );
      waits.push((await firstCall()) - (rows[0]?.due.getTime() ?? 0));
    }
    const unitMs = await jobMs();
    figures['one job'] = `${Math.round(unitMs)} ms`;
    figures['due to first call'] = summary(waits, unitMs);
    // They really stood before it all the time, and were worked on.
    expect(await crowdDue()).toBeGreaterThan(crowd / 2);
    await until('the crowd was worked on', async () => (await crowdEnded()) > before, patiently);
    expect(Math.max(...waits)).toBeLessThan(3 * unitMs);
  });

  it('starts a sync on demand at once', async () => {
    const waits: number[] = [];
    for (const nth of singles) {
      const { organizationId, integrationId, firstCall } = await single(`demanded-${nth}`);
      const requestedAt = Date.now();
      const { ring } = await requestSync(fleet.database, { organizationId, integrationId, types: [] });
      if (ring === null) throw new Error('nothing to ring');
      await producer.ringSync([{ ...ring, queue: 'sync-now' }]);
      waits.push((await firstCall()) - requestedAt);
      // In a slot of its own: no scheduled sync had to end for it.
      await until('it runs beside as many scheduled ones as there are slots', async () => {
        return (await count(`FROM sync_run WHERE state = 'running'`)) === slots + 1;
      });
      const ended = 'FROM sync_run WHERE integration_id = $1 AND finished_at IS NOT NULL';
      await until('it has ended, and is confirmed', async () => (await count(ended, integrationId)) === 2);
    }
    const unitMs = await jobMs();
    figures['request to first call'] = summary(waits, unitMs);
    expect(await crowdDue()).toBeGreaterThan(crowd / 2);
    expect(median(waits)).toBeLessThan(unitMs / 2);
    expect(Math.max(...waits)).toBeLessThan(unitMs);
  });

  it('makes one run for each of them and rings it once, with two schedulers', async () => {
    await Promise.all([worker.close(), scheduler.close()]);
    const before = await crowdRuns();
    const schedulers = await Promise.all(
      singles.slice(0, 2).map(() => fleet.start('scheduler', { SYNC_WINDOW: '50', TICK_MS: '10' })),
    );
    // Ends what was rung, as a worker would: an unfinished run would keep a second one away.
    const end = `UPDATE sync_run SET state = 'succeeded', finished_at = clock_timestamp(), rung_at = NULL
      WHERE state = 'queued' AND rung_at IS NOT NULL`;
    const fed = async () => {
      await fleet.superuser.query(end);
      return (await crowdDue()) === 0 && (await crowdEnded()) === (await crowdRuns());
    };
    await until('everything that was due has been fed', fed, patiently);
    const shares = await Promise.all(schedulers.map(runsFed));
    figures['fed by two schedulers'] = shares.join(' + ');
    expect(await crowdRuns()).toBe(crowd);
    const once = `FROM (SELECT ${whole} GROUP BY integration_id HAVING count(*) = 1) AS own`;
    expect(await count(once, crowdId)).toBe(crowd);
    expect(Math.min(...shares)).toBeGreaterThan(0);
    expect(shares.reduce((sum, share) => sum + share)).toBe(crowd - before);
    // One doorbell stands for every run that no worker has heard of.
    const unheard = () => count('FROM sync_run WHERE started_at IS NULL');
    await until('every run was rung', async () => (await producer.depth('sync')) >= (await unheard()));
    expect(await producer.depth('sync')).toBe(await unheard());
  });
});

function summary(ms: readonly number[], unitMs: number): string {
  return `${ms.map((one) => Math.round(one)).join(', ')} ms = ${(Math.max(...ms) / unitMs).toFixed(2)} job times at most`;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function runsFed({ healthUrl }: FleetProcess): Promise<number> {
  const metrics = await (await fetch(`${healthUrl}/metrics`)).text();
  return Number(/^fleet_scheduler_runs_fed_total\S* (\d+)$/m.exec(metrics)?.[1]);
}
