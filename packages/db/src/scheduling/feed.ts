import { type Database, Prisma, type Transaction } from '../database.ts';
import { type CandidateQuery, fewDue, firstOrganization, isDue, isToRing, pickCandidates } from './candidates.ts';
import { type BeginTrace, createRuns } from './create-runs.ts';
import { type Line, readLines } from './line.ts';
import { ringRuns, type ScheduledRing } from './ring.ts';

/** Runs on demand rung in one go at most; the next ones follow a tick later. */
const demandAtOnce = 1_000;

/** Places filled in one go at most: whoever rings for them meanwhile has as much to do as whoever fills the next. */
const step = 1_000;

/** The advisory lock under which the window is filled: two schedulers that count the same room would both fill it. */
const feedLock = 7_305_468;

export interface FeedOptions {
  /** Scheduled jobs at most that stand in Redis, unclaimed. */
  readonly window: number;
  /** The organization served last, as the last feed returned it, so that they are served in turn. */
  readonly last?: string;
  /** The database's clock without it. */
  readonly now?: Date;
  /** Of every run that is made. */
  readonly beginTrace?: BeginTrace;
}

export interface Fed {
  /** To be rung now, after the commit. A ring that is lost is found by `standingRuns`. */
  readonly rings: readonly ScheduledRing[];
  /** Runs made for due integrations. */
  readonly created: number;
  /** Runs rung again: snoozed, retried, handed over or left by a worker that died. */
  readonly rungAgain: number;
  readonly coalesced: number;
  /** Integrations whose schedule cannot be kept. */
  readonly unschedulable: readonly string[];
  /** Integrations due when it looked; counted to 5,001. */
  readonly due: number;
  /** The organization served last. */
  readonly last: string;
  /** It filled as many places as there were, or as it fills in one go: more may wait. */
  readonly hasMore: boolean;
}

/**
 * Fills the window, at most 1,000 places in one go: runs to ring again and due integrations, the free place always to the organization that
 * holds the fewest. Runs on demand are rung beside it. With nothing to do it is three index probes in one statement. Runs as fleet_scheduler, any
 * number of times at once: only one call at a time fills, and locks and sync_run_unfinished keep a run from being made or rung twice.
 */
export async function feed(database: Database, options: FeedOptions): Promise<Fed> {
  const probe = await look(database, options);
  const nothing: Fed = {
    rings: [],
    created: 0,
    rungAgain: 0,
    coalesced: 0,
    unschedulable: [],
    due: probe.due,
    last: options.last ?? firstOrganization,
    hasMore: false,
  };
  const isFull = probe.standing >= options.window;
  if (probe.to_ring === 0 && (probe.due === 0 || isFull)) return nothing;
  return database.withStatements(null, async (transaction) => {
    const [isFree, lines, demanded] = await Promise.all([
      lockFeed(transaction),
      readLines(transaction),
      probe.to_ring === 0 ? [] : demandedRuns(transaction, probe.now),
    ]);
    if (!isFree) return nothing;
    const rungOnDemand = await ringRuns(
      transaction,
      demanded.map((run) => ({ ...run, rank: lines.demand.take(run.organizationId) })),
    );
    const scheduled = await fill(transaction, {
      ...options,
      now: probe.now,
      manyDue: probe.due > fewDue,
      hasRuns: probe.to_ring > 0,
      line: lines.schedule,
    });
    return {
      ...nothing,
      ...scheduled,
      rings: [...rungOnDemand, ...scheduled.rings],
      rungAgain: rungOnDemand.length + scheduled.rungAgain,
    };
  });
}

/** What is read behind it in one trip is read under the lock: each statement sees what was committed before itself. */
async function lockFeed(transaction: Transaction): Promise<boolean> {
  const [lock] = await transaction.$queryRaw<
    { free: boolean }[]
  >`SELECT pg_try_advisory_xact_lock(${feedLock}::bigint) AS free`;
  return lock?.free === true;
}

interface Probe {
  now: Date;
  due: number;
  to_ring: number;
  standing: number;
}

async function look(database: Database, options: FeedOptions): Promise<Probe> {
  const now = options.now ?? Prisma.sql`now()`;
  const [probe] = await database.withTrips(
    null,
    (trip) => trip.$queryRaw<Probe[]>`SELECT ${now}::timestamptz AS now,
    (SELECT count(*)::int FROM (SELECT FROM integration
      WHERE ${isDue(now)} ORDER BY next_sync_at LIMIT ${fewDue + 1}) AS found) AS due,
    (SELECT count(*)::int FROM (SELECT FROM sync_run WHERE ${isToRing(now)} ORDER BY available_at LIMIT 1) AS found) AS to_ring,
    (SELECT count(*)::int FROM (SELECT FROM sync_run
      WHERE state IN ('queued', 'waiting') AND rung_at IS NOT NULL AND trigger = 'schedule' ORDER BY rung_at LIMIT ${options.window}) AS found) AS standing`,
  );
  if (probe === undefined) throw new Error('A query without FROM returned no row.');
  return probe;
}

async function demandedRuns(transaction: Transaction, now: Date): Promise<{ organizationId: string; runId: string }[]> {
  return transaction.$queryRaw<{ organizationId: string; runId: string }[]>`
    SELECT organization_id AS "organizationId", id AS "runId" FROM sync_run
    WHERE ${isToRing(now)} AND trigger = 'demand' ORDER BY available_at LIMIT ${demandAtOnce}`;
}

async function fill(
  transaction: Transaction,
  options: FeedOptions & Pick<CandidateQuery, 'now' | 'manyDue' | 'hasRuns'> & { readonly line: Line },
): Promise<Pick<Fed, 'rings' | 'created' | 'rungAgain' | 'coalesced' | 'unschedulable' | 'last' | 'hasMore'>> {
  const { window, now, manyDue, hasRuns, line, beginTrace, last = firstOrganization } = options;
  const room = Math.min(step, Math.max(0, window - line.standing));
  const query = { now, room, held: line.held, last, manyDue, hasRuns };
  const picked = room === 0 ? [] : await pickCandidates(transaction, query);
  const runs = picked.filter((candidate) => candidate.kind === 'run');
  const rung = await ringRuns(
    transaction,
    runs.map(({ organizationId, id }) => ({ organizationId, runId: id, rank: line.take(organizationId) })),
  );
  const due = picked.filter((candidate) => candidate.kind === 'integration');
  const created = await createRuns(transaction, { due, now, line, beginTrace });
  return {
    rings: [...rung, ...created.rings],
    created: created.rings.length,
    rungAgain: rung.length,
    coalesced: created.coalesced,
    unschedulable: created.unschedulable,
    last: picked.at(-1)?.organizationId ?? last,
    hasMore: room > 0 && picked.length === room,
  };
}
