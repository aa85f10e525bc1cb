import {
  createBulkTenant,
  type Fleet,
  generateGitHubWorld,
  startFleet,
  startGitHub,
  until,
} from '@evidence-fleet/testbed';
import { type Bench, type BenchOptions, type BenchResult, median } from './bench.ts';

/** The crowd's syncs are spread over as many accounts, so that no quota stands in their way. */
const accounts = 8;
/** Scheduled syncs that the worker does at once: all taken by the crowd, all the time. */
const slots = 5;
const tiny = { repositories: 1, members: 1, pullRequests: 1, alerts: 1, denied: 0 };
/** Readings of some types only, which confirm first readings, are no whole job. */
const whole = "FROM sync_run WHERE organization_id = $1 AND types = '{}'";

/** How long a tenant's single sync waits for its first call to the provider behind another tenant's thousands. */
export const fairness: Bench = { name: 'fairness', run };

async function run({ isQuick, say }: BenchOptions): Promise<BenchResult> {
  // The last is how long each answer of the provider takes, in ms: at 40, a sync takes about a second.
  const [crowd, singles, delayMs] = isQuick ? [400, 1, 10] : [10_000, 9, 40];
  const fleet = await startFleet();
  const simulator = await startGitHub(generateGitHubWorld({ ...tiny, organizations: accounts }), { delayMs });
  try {
    const { url, world } = simulator;
    const crowdId = await createBulkTenant(fleet, 'crowd', {
      count: crowd,
      connector: 'github',
      kind: 'token',
      endpoint: url,
      each: (index) => ({
        secrets: { token: world.tokens[index % accounts]?.secret },
        settings: { organizations: [world.organizations[index % accounts]?.login] },
      }),
    });
    const count = async (condition: string) => {
      const { rows } = await fleet.superuser.query<{ count: number }>(`SELECT count(*)::int ${condition}`, [crowdId]);
      return rows[0]?.count ?? 0;
    };
    await fleet.start('worker', { SYNC_SLOTS: String(slots), QUOTA_SHARE: '1' });
    await fleet.start('scheduler');
    const flowing = async () => (await count(`${whole} AND finished_at IS NOT NULL`)) >= 2 * slots;
    await until("the crowd's syncs are flowing", flowing, { ms: 60_000, everyMs: 100 });
    const waits: number[] = [];
    for (let nth = 1; nth <= singles; nth++) waits.push(await waitOfOne(fleet, `single-${nth}`, delayMs));
    const due = await count('FROM integration WHERE organization_id = $1 AND next_sync_at <= now()');
    if (due < crowd / 4)
      throw new Error(`Only ${due} of the crowd were still due: nobody stood before the single ones.`);
    const jobMs = await jobMsOf(fleet, crowdId);
    say(`a job takes ${Math.round(jobMs)} ms, a single one waited ${Math.round(median(waits))} ms`);
    return {
      figures: [
        {
          what: `job times from a single sync's date to its first call, behind ${crowd.toLocaleString('en')} due`,
          samples: waits.map((ms) => ms / jobMs),
          reach: { is: 'at most', value: 3 },
          aim: { is: 'at most', value: 2 },
        },
      ],
      notes: [
        `one worker of ${slots} slots, all taken; a job of the crowd takes ${Math.round(jobMs)} ms; the scheduler as it starts by default, looking every 500 ms.`,
      ],
    };
  } finally {
    await fleet.close();
    await simulator.close();
  }
}

/** A tenant with one integration at a provider of its own, whose log tells when it was first called. Milliseconds. */
async function waitOfOne(fleet: Fleet, slug: string, delayMs: number): Promise<number> {
  const simulator = await startGitHub(generateGitHubWorld({ ...tiny, organizations: 1 }), { delayMs });
  try {
    const { url, world } = simulator;
    const { add } = await fleet.tenant(slug);
    const id = await add({
      connector: 'github',
      name: 'github',
      kind: 'token',
      secrets: { token: world.tokens[0]?.secret },
      settings: { organizations: [world.organizations[0]?.login] },
      endpoint: url,
    });
    const { rows } = await fleet.superuser.query<{ due: Date }>(
      `UPDATE integration SET next_health_at = NULL, next_sync_at = clock_timestamp() WHERE id = $1 RETURNING next_sync_at AS due`,
      [id],
    );
    const calledAt = await until(`${slug} is synced`, () => simulator.requests[0]?.at, { everyMs: 5 });
    const ended = 'SELECT FROM sync_run WHERE integration_id = $1 AND finished_at IS NOT NULL';
    await until(`${slug} has ended`, async () => (await fleet.superuser.query(ended, [id])).rowCount === 1);
    return calledAt - (rows[0]?.due.getTime() ?? 0);
  } finally {
    await simulator.close();
  }
}

/** A job of the crowd, from claim to end: the unit that waiting is measured in. */
async function jobMsOf(fleet: Fleet, crowdId: string): Promise<number> {
  const { rows } = await fleet.superuser.query<{ ms: number | null }>(
    `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - started_at) * 1000)::float8 AS ms
     ${whole} AND state = 'partial'`,
    [crowdId],
  );
  return rows[0]?.ms ?? Number.NaN;
}
