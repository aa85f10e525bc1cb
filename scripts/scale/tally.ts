import type { Fleet } from '@evidence-fleet/testbed';

/** From due to start, in seconds of the day. */
interface Waits {
  readonly of: string;
  readonly syncs: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface Tally {
  readonly waits: readonly Waits[];
  /** Of all workers, and the least that could have been: what attempts took, over slots that are always busy. */
  readonly workerSeconds: number;
  readonly leastSeconds: number;
  readonly starts: number;
  readonly largest: number;
  /** Syncs that a worker handed over when it was let go. */
  readonly handedOver: number;
  /** What must not be, each a sentence. */
  readonly faults: readonly string[];
}

type Read = Omit<Tally, 'workerSeconds' | 'starts' | 'largest'>;

/** The nth time that an integration was due belongs to its nth run. */
const played = `WITH dues AS (
    SELECT *, row_number() OVER (PARTITION BY integration_id ORDER BY due_at) AS nth FROM planned),
  runs AS (
    SELECT integration_id, started_at, finished_at, state, row_number() OVER (PARTITION BY integration_id ORDER BY requested_at) AS nth
    FROM sync_run WHERE trigger = 'schedule'),
  joined AS (SELECT min(due_at) AS begun, max(due_at) AS ended FROM (
    SELECT min(due_at) AS due_at FROM planned WHERE kind = 'joining' GROUP BY integration_id) AS firsts),
  played AS (
    SELECT dues.kind, due_at, started_at, finished_at, state::text, extract(epoch FROM started_at - due_at)::float8 AS waited
    FROM dues LEFT JOIN runs USING (integration_id, nth))`;

export async function readTally(fleet: Fleet, { speed, slots }: { speed: number; slots: number }): Promise<Read> {
  const waitsOf = async (of: string, where: string): Promise<Waits> => {
    const { rows } = await fleet.superuser.query<Omit<Waits, 'of'>>(
      `${played} SELECT count(*)::int AS syncs, ${[50, 95, 99].map((share) => `coalesce(percentile_disc(${share / 100}) WITHIN GROUP (ORDER BY waited), 0) AS p${share}`).join(', ')}
       FROM played, joined WHERE ${where}`,
    );
    const { syncs = 0, p50 = 0, p95 = 0, p99 = 0 } = rows[0] ?? {};
    return { of, syncs, p50: p50 * speed, p95: p95 * speed, p99: p99 * speed };
  };
  const waits = [
    await waitsOf('all', 'true'),
    await waitsOf('the peaks', `kind = 'peak'`),
    await waitsOf('the tenant that joins', `kind = 'joining' AND due_at BETWEEN begun AND ended`),
    await waitsOf('everybody else meanwhile', `kind <> 'joining' AND due_at BETWEEN begun AND ended`),
  ];
  const { rows } = await fleet.superuser.query<{ seconds: number; handed: number; crashed: number }>(
    `SELECT sum(extract(epoch FROM released_at - claimed_at))::float8 AS seconds, count(*) FILTER (WHERE ended_as = 'shutdown')::int AS handed,
       count(*) FILTER (WHERE ended_as = 'crash' OR released_at IS NULL)::int AS crashed FROM sync_attempt`,
  );
  const { seconds = 0, handed = 0, crashed = 0 } = rows[0] ?? {};
  return {
    waits,
    leastSeconds: (seconds * speed) / slots,
    handedOver: handed,
    faults: [...(crashed === 0 ? [] : [`${crashed} attempts were lost`]), ...(await faultsOf(fleet))],
  };
}

async function faultsOf({ superuser }: Fleet): Promise<string[]> {
  const { rows } = await superuser.query<{ missing: number; unfinished: number; failed: number; more: number }>(
    `${played} SELECT count(*) FILTER (WHERE started_at IS NULL)::int AS missing,
       count(*) FILTER (WHERE started_at IS NOT NULL AND finished_at IS NULL)::int AS unfinished,
       count(*) FILTER (WHERE state NOT IN ('succeeded', 'failed'))::int AS failed,
       ((SELECT count(*) FROM runs) - count(*))::int AS more FROM played`,
  );
  const found = rows[0];
  if (found === undefined) return ['nothing was played'];
  return [
    ...(found.missing === 0 ? [] : [`${found.missing} syncs that were due have not begun`]),
    ...(found.unfinished === 0 ? [] : [`${found.unfinished} syncs have not ended`]),
    ...(found.failed === 0 ? [] : [`${found.failed} syncs neither succeeded nor met the outage`]),
    ...(found.more === 0 ? [] : [`there are ${found.more} runs more than were due`]),
  ];
}
