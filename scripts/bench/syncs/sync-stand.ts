import { createProducer, type Producer } from '@evidence-fleet/queue';
import { type Fleet, startFleet } from '@evidence-fleet/testbed';
import { seedAccounts } from './seed-accounts.ts';
import { type Provider, startProvider } from './start-provider.ts';

/** A fleet without a process yet, whose organizations have one integration each, and a provider for them. */
export interface SyncStand {
  readonly fleet: Fleet;
  readonly provider: Provider;
  /** Makes a run for each of so many integrations, and rings. */
  askForSyncs(count: number): Promise<void>;
  /** Throws unless so many of the runs asked for last have succeeded, read so many items in all, and made so many calls. */
  haveEnded(expected: Ended): Promise<void>;
  close(): Promise<void>;
}

interface Ended {
  readonly runs: number;
  readonly items: number;
  readonly calls: number;
}

interface StandOptions {
  readonly accounts: number;
  readonly type: string;
  readonly delayMs: number;
}

/** Written through to the disk, with room for the log between two checkpoints: none falls into one measurement and not into the other. */
const settings = { shared_buffers: '512MB', max_wal_size: '4GB', checkpoint_timeout: '30min' };

export async function openSyncStand({ accounts, type, delayMs }: StandOptions): Promise<SyncStand> {
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const one of closing.splice(0).toReversed()) await one();
  };
  const kept = <T extends { close(): Promise<void> }>(one: T): T => {
    closing.push(() => one.close());
    return one;
  };
  try {
    const fleet = kept(await startFleet({ postgres: { durable: true, settings }, redis: { isPersistent: true } }));
    const provider = kept(await startProvider(delayMs));
    const producer = kept(createProducer({ redis: fleet.redis.url, log: silent }));
    await seedAccounts(fleet, provider.url, accounts);
    let callsBefore = 0;
    return {
      fleet,
      provider,
      async askForSyncs(count) {
        callsBefore = await provider.calls();
        await askForSyncs(fleet, producer, { count, type });
      },
      async haveEnded(expected) {
        const found: Ended = { ...(await readEnded(fleet)), calls: (await provider.calls()) - callsBefore };
        for (const what of ['runs', 'items', 'calls'] as const)
          if (found[what] !== expected[what]) throw new Error(`${what}: ${found[what]} instead of ${expected[what]}.`);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

async function askForSyncs(
  { superuser }: Fleet,
  producer: Producer,
  { count, type }: { readonly count: number; readonly type: string },
): Promise<void> {
  const { rows } = await superuser.query<{ organizationId: string; runId: string }>(
    `INSERT INTO sync_run (organization_id, id, integration_id, trigger, types, ring, rung_at)
     SELECT organization_id, gen_random_uuid(), id, 'schedule', $2, 1, now() FROM integration ORDER BY name LIMIT $1
     RETURNING organization_id AS "organizationId", id AS "runId"`,
    [count, [type]],
  );
  await producer.ringSync(rows.map((row) => ({ ...row, ring: 1, rank: 1, queue: 'sync' })));
}

/** Of those that were asked for together last. */
const endedRuns = `SELECT count(*)::int AS runs, coalesce(sum(s.seen), 0)::int AS items FROM sync_run r
  JOIN stream_run s ON s.organization_id = r.organization_id AND s.run_id = r.id
  WHERE r.requested_at = (SELECT max(requested_at) FROM sync_run) AND r.state = 'succeeded' AND s.status = 'complete'`;

async function readEnded({ superuser }: Fleet): Promise<Omit<Ended, 'calls'>> {
  const { rows } = await superuser.query<{ runs: number; items: number }>(endedRuns);
  return rows[0] ?? { runs: 0, items: 0 };
}
