import type { Database, Transaction } from '../database.ts';
import { type Claim, whileHeld } from '../hold-run.ts';
import { uuid } from '../uuid.ts';
import { type ControlTest, readStanding, type StoredStanding } from './read-standing.ts';

/** A verdict to be stored. */
export interface DecidedVerdict {
  readonly status: 'pass' | 'fail' | 'unknown' | 'not_applicable';
  /** After this it reads as unknown. */
  readonly freshUntil: Date;
  /** Stored as JSON. */
  readonly why: object;
}

interface VerdictOptions extends Claim {
  readonly controlId: string;
  readonly tests: readonly ControlTest[];
  /** What else is written in the same transaction, while the run is held. */
  readonly along?: readonly ((transaction: Transaction) => Promise<void>)[];
  /** What is written next, by the verdict that stands then. */
  readonly afterwards?: (transaction: Transaction) => Promise<void>;
  /** Pure: makes the verdict of what stands; null where the control concerns no integration of the organization. */
  readonly decide: (standing: StoredStanding) => DecidedVerdict | null;
}

/**
 * Judges a control over the whole organization by its open findings and keeps the verdict as an interval: the same status is extended
 * in place, another one ends it. What was read too late leaves an interval of `unknown` behind, from the moment it went stale.
 * @returns whether the status is another one than before
 * @throws StaleFenceError when another worker has the run
 */
export function storeVerdict(database: Database, options: VerdictOptions): Promise<{ readonly changed: boolean }> {
  const { organizationId, controlId } = options;
  return database.withStatements(organizationId, async (transaction) => {
    // Runs of two integrations may end at once: the later one has to see what the earlier one found. It waits before it locks its run,
    // or its heartbeat would wait too.
    const turn = transaction.$queryRaw`
      SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(':', 'verdict', ${organizationId}::text, ${controlId}::text), 0))`;
    const [standing, open] = await whileHeld(transaction, options, async () => {
      const [, standing, open] = await Promise.all([
        turn,
        readStanding(transaction, options),
        readOpen(transaction, options),
        ...(options.along ?? []).map((write) => write(transaction)),
      ]);
      return [standing, open] as const;
    });
    const { changed, writes } = replace(transaction, options, open, options.decide(standing), standing.now);
    await Promise.all([...writes, options.afterwards?.(transaction)]); // in this order, in one trip
    return { changed };
  });
}

interface OpenVerdict {
  readonly id: string;
  readonly status: DecidedVerdict['status'];
  readonly why: object;
  readonly freshUntil: Date;
  readonly validFrom: Date;
}

async function readOpen(transaction: Transaction, of: VerdictOptions): Promise<OpenVerdict | null> {
  const [open] = await transaction.$queryRaw<OpenVerdict[]>`
    SELECT id, status, why, fresh_until AS "freshUntil", valid_from AS "validFrom" FROM verdict
    WHERE organization_id = ${of.organizationId}::uuid AND control_id = ${of.controlId} AND valid_to IS NULL`;
  return open ?? null;
}

/** Asks for every write at once: none of them depends on the answer of another. */
function replace(
  transaction: Transaction,
  of: VerdictOptions,
  open: OpenVerdict | null,
  decided: DecidedVerdict | null,
  now: Date,
): { readonly changed: boolean; readonly writes: readonly Promise<void>[] } {
  const ranOut = open !== null && open.status !== 'unknown' && open.freshUntil < now;
  if (open && !ranOut && open.status === decided?.status) {
    return { changed: false, writes: [extend(transaction, of, open, decided)] };
  }
  const writes: Promise<void>[] = [];
  let from = now;
  if (open) {
    const staleFrom = ranOut ? new Date(Math.max(open.freshUntil.getTime(), open.validFrom.getTime())) : now;
    writes.push(end(transaction, of, open, staleFrom));
    if (ranOut && decided?.status === 'unknown') from = staleFrom;
    else if (ranOut) {
      const stale = { status: 'unknown', freshUntil: open.freshUntil, why: { ...open.why, stale: true } } as const;
      writes.push(begin(transaction, of, stale, staleFrom, now));
    }
  }
  if (decided) writes.push(begin(transaction, of, decided, from, null));
  return { changed: (open?.status ?? null) !== (decided?.status ?? null) || ranOut, writes };
}

/** Touches the row only where something in it changes. */
async function extend(
  transaction: Transaction,
  of: VerdictOptions,
  { id }: OpenVerdict,
  { freshUntil, why }: DecidedVerdict,
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE verdict SET fresh_until = ${freshUntil}, why = ${JSON.stringify(why)}::text::jsonb
    WHERE organization_id = ${of.organizationId}::uuid AND id = ${id}::uuid
      AND (fresh_until, why) IS DISTINCT FROM (${freshUntil}::timestamptz(3), ${JSON.stringify(why)}::text::jsonb)`;
}

async function end(transaction: Transaction, of: VerdictOptions, { id }: OpenVerdict, at: Date): Promise<void> {
  await transaction.$executeRaw`
    UPDATE verdict SET valid_to = ${at}, to_run_id = ${of.runId}::uuid
    WHERE organization_id = ${of.organizationId}::uuid AND id = ${id}::uuid`;
}

async function begin(
  transaction: Transaction,
  of: VerdictOptions,
  { status, freshUntil, why }: DecidedVerdict,
  from: Date,
  to: Date | null,
): Promise<void> {
  await transaction.$executeRaw`
    INSERT INTO verdict (organization_id, id, control_id, status, why, fresh_until, valid_from, from_run_id, valid_to, to_run_id)
    VALUES (${of.organizationId}::uuid, ${uuid()}::uuid, ${of.controlId}, ${status}, ${JSON.stringify(why)}::text::jsonb, ${freshUntil},
      ${from}, ${of.runId}::uuid, ${to}::timestamptz, ${to === null ? null : of.runId}::uuid)`;
}
