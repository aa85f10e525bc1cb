import { createBulkTenant, type Fleet, startFleet } from '@evidence-fleet/testbed';
import { type Day, type Due, isOfSecondProvider } from './day.ts';
import { type SimulatedProvider, startProvider } from './provider.ts';
import type { Load } from './rule.ts';

/** A fleet with every tenant of the day, nothing of it due, and no process yet. */
export interface Stand {
  readonly fleet: Fleet;
  /** The one that has the outage. */
  readonly second: SimulatedProvider;
  /** Makes integrations due, now. */
  makeDue(dues: readonly Due[]): Promise<void>;
  /** @param lastly how far back to look for the mean length of a sync; all times are real ones */
  look(lastlyMs: number): Promise<Seen>;
  /** Syncs that have not ended, and integrations that are due. */
  left(): Promise<number>;
  close(): Promise<void>;
}

/** The fleet at one look, but for its workers. */
type Seen = Omit<Load, 'workers' | 'ready' | 'slots'>;

/** Connections for as many workers as there may be. */
const settings = { max_connections: '600', shared_buffers: '512MB', max_wal_size: '4GB', checkpoint_timeout: '30min' };

/** Scheduled syncs read this, and no more: a sync waits for its provider's answers, whatever it reads. */
const type = 'github.organization';

/** @param callMs what a provider takes for an answer */
export async function openStand(day: Day, callMs: () => number): Promise<Stand> {
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const one of closing.splice(0).toReversed()) await one();
  };
  const kept = <T extends { close(): Promise<void> }>(one: T): T => {
    closing.push(() => one.close());
    return one;
  };
  try {
    const fleet = kept(await startFleet({ postgres: { settings } }));
    const [first, second] = [kept(await startProvider(callMs)), kept(await startProvider(callMs))];
    const ids = await seed(fleet, day, [first, second]);
    return {
      fleet,
      second,
      makeDue: (dues) => makeDue(fleet, ids, dues),
      look: (lastlyMs) => look(fleet, lastlyMs),
      left: () => left(fleet),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @returns ids of integrations by their number */
async function seed({ superuser, ...fleet }: Fleet, { tenants }: Day, providers: readonly SimulatedProvider[]) {
  const [first, second] = providers.map(({ url }) => url);
  for (const [nth, count] of tenants.entries()) {
    const before = tenants.slice(0, nth).reduce((sum, one) => sum + one, 0);
    await createBulkTenant({ ...fleet, superuser }, `tenant-${String(nth).padStart(2, '0')}`, {
      ...{ count, connector: 'github', kind: 'token', endpoint: first ?? '' },
      each: (index) => ({
        secrets: { token: `token-${before + index}` },
        settings: { organizations: [`organization-${before + index}`] },
      }),
    });
  }
  await superuser.query("UPDATE integration SET next_sync_at = NULL, status = 'active'");
  const { rows } = await superuser.query<{ id: string }>(
    `SELECT i.id FROM integration i JOIN organization o ON o.id = i.organization_id
     ORDER BY o.slug, (regexp_match(i.name, '[0-9]+'))[1]::int`,
  );
  const ids = rows.map(({ id }) => id);
  const ofSecond = ids.filter((_, number) => isOfSecondProvider(number));
  await superuser.query('UPDATE integration SET endpoint = $1 WHERE id = ANY($2)', [second, ofSecond]);
  await superuser.query(`ALTER TABLE sync_run ALTER types SET DEFAULT '{${type}}'`);
  await superuser.query('CREATE TABLE planned (integration_id uuid, kind text, due_at timestamptz(3))'); // what was due when, for the tally
  await superuser.query('ANALYZE');
  return ids;
}

async function makeDue({ superuser }: Fleet, ids: readonly string[], dues: readonly Due[]): Promise<void> {
  if (dues.length === 0) return;
  await superuser.query(
    `WITH due AS (SELECT id, kind FROM unnest($1::uuid[], $2::text[]) AS told (id, kind)),
       made AS (UPDATE integration SET next_sync_at = now() FROM due WHERE integration.id = due.id)
     INSERT INTO planned SELECT id, kind, now() FROM due`,
    [dues.map(({ integration }) => ids[integration]), dues.map(({ of }) => of)],
  );
}

async function look({ superuser }: Fleet, lastlyMs: number): Promise<Seen> {
  const { rows } = await superuser.query<Seen>(
    `SELECT (SELECT count(*)::int FROM sync_run WHERE state = 'running') AS active,
       waits.count + dues.count AS waiting,
       coalesce(extract(epoch FROM clock_timestamp() - least(waits.oldest, dues.oldest)), 0)::float8 AS "oldestSeconds",
       (SELECT coalesce(avg(extract(epoch FROM finished_at - started_at)), 0)::float8 FROM sync_run
         WHERE finished_at > clock_timestamp() - $1 * interval '1 millisecond') AS "meanSeconds"
     FROM (SELECT count(*)::int, min(available_at) AS oldest FROM sync_run
         WHERE state IN ('queued', 'waiting') AND available_at <= clock_timestamp()) AS waits,
       (SELECT count(*)::int, min(next_sync_at) AS oldest FROM integration WHERE next_sync_at <= clock_timestamp()) AS dues`,
    [lastlyMs],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('A query of aggregates always answers.');
  return row;
}

async function left({ superuser }: Fleet): Promise<number> {
  const { rows } = await superuser.query<{ left: number }>(
    `SELECT (SELECT count(*) FROM sync_run WHERE finished_at IS NULL)::int
       + (SELECT count(*) FROM integration WHERE next_sync_at IS NOT NULL)::int AS left`,
  );
  return rows[0]?.left ?? 0;
}
