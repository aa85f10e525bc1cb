import type { Database, Transaction } from '../database.ts';
import { type Claim, whileHeld } from '../hold-run.ts';
import { uuid } from '../uuid.ts';
import { readDecisiveSlices } from './decisive-slices.ts';
import { type EndedJudgement, endJudgements, type ProvenJudgement } from './last-judgement.ts';
import { proofOf } from './proof.ts';
import { type JudgedControl, readStandings, type StoredStanding } from './read-standings.ts';

/** A verdict to be stored. */
export interface DecidedVerdict {
  readonly status: 'pass' | 'fail' | 'unknown' | 'not_applicable';
  /** After this it reads as unknown. */
  readonly freshUntil: Date;
  /** Stored as JSON. */
  readonly why: object;
}

interface VerdictsOptions extends Claim {
  readonly controls: readonly JudgedControl[];
  /** The populations that this run has judged: how that ended is noted with the verdicts. */
  readonly judged: readonly EndedJudgement[];
  /** What is written next, by the verdicts that stand then. */
  readonly afterwards?: (transaction: Transaction) => Promise<void>;
  /** Pure: makes the verdict of what stands. */
  readonly decide: (control: JudgedControl, standing: StoredStanding) => DecidedVerdict;
}

/**
 * Judges controls over the whole organization by its open findings and keeps each verdict as an interval: the same status is extended
 * in place, another one ends it. What was read too late leaves an interval of `unknown` behind, from the moment it went stale.
 * @returns of how many the status is another one than before
 * @throws StaleFenceError when another worker has the run
 */
export function storeVerdicts(database: Database, options: VerdictsOptions): Promise<{ readonly changed: number }> {
  const { organizationId, controls } = options;
  return database.withStatements(organizationId, async (transaction) => {
    // Runs of two integrations may end at once: the later one has to see what the earlier one found. It waits before it locks its run,
    // or its heartbeat would wait too.
    const turn = transaction.$queryRaw`
      SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(':', 'verdict', ${organizationId}::text), 0))`;
    const decisive = await whileHeld(transaction, options, async () => {
      const [, slices] = await Promise.all([
        turn,
        readDecisiveSlices(transaction, organizationId, sliced(options.judged)),
      ]);
      return slices;
    });
    const [, standings, open] = await Promise.all([
      endJudgements(transaction, organizationId, proven(options.judged, decisive)),
      readStandings(transaction, options, controls),
      readOpen(transaction, options),
    ]);
    const replaced = controls.map((control, at) => {
      const standing = standings[at] ?? null;
      const last = open.find(({ controlId }) => controlId === control.controlId) ?? null;
      return replace(control.controlId, last, standing && { ...options.decide(control, standing), at: standing.now });
    });
    // In this order, in one trip.
    await Promise.all([
      extend(
        transaction,
        options,
        replaced.flatMap(({ extended }) => extended ?? []),
      ),
      end(
        transaction,
        options,
        replaced.flatMap(({ ended }) => ended ?? []),
      ),
      begin(
        transaction,
        options,
        replaced.flatMap(({ begun }) => begun ?? []),
      ),
      options.afterwards?.(transaction),
    ]);
    return { changed: replaced.filter(({ isChanged }) => isChanged).length };
  });
}

/** Where there is one slice it is the one that decides. */
const sliced = (judged: readonly EndedJudgement[]) => judged.filter(({ slices }) => slices.length > 1);

function proven(judged: readonly EndedJudgement[], decisive: readonly (readonly string[])[]): ProvenJudgement[] {
  const asked = sliced(judged);
  return judged.map((one) => {
    const deciding = decisive[asked.indexOf(one)] ?? one.slices.map(({ slice }) => slice);
    return { ...one, ...proofOf(one.quantifier, one.slices, deciding) };
  });
}

interface OpenVerdict extends DecidedVerdict {
  readonly id: string;
  readonly controlId: string;
  readonly validFrom: Date;
  /** The database's clock. */
  readonly now: Date;
}

function readOpen(transaction: Transaction, of: VerdictsOptions): Promise<OpenVerdict[]> {
  return transaction.$queryRaw<OpenVerdict[]>`
    SELECT id, control_id AS "controlId", status, why, fresh_until AS "freshUntil", valid_from AS "validFrom",
      clock_timestamp()::timestamptz(3) AS now
    FROM verdict
    WHERE organization_id = ${of.organizationId}::uuid AND control_id = ANY(${of.controls.map(({ controlId }) => controlId)}::text[])
      AND valid_to IS NULL`;
}

interface Begun extends DecidedVerdict {
  readonly controlId: string;
  readonly from: Date;
  readonly to: Date | null;
}

interface Replaced {
  /** The status is another one than before. */
  readonly isChanged: boolean;
  readonly extended?: DecidedVerdict & { readonly id: string };
  readonly ended?: { readonly id: string; readonly at: Date };
  readonly begun?: readonly Begun[];
}

/** What becomes of the open verdict of a control. `decided`: null where the control concerns nobody any more. */
function replace(
  controlId: string,
  open: OpenVerdict | null,
  decided: (DecidedVerdict & { readonly at: Date }) | null,
): Replaced {
  const beginning = (from: Date) => (decided ? [{ ...decided, controlId, from, to: null }] : []);
  if (open === null) return { isChanged: decided !== null, begun: decided ? beginning(decided.at) : [] };
  const now = decided?.at ?? open.now;
  const ranOut = open.status !== 'unknown' && open.freshUntil < now;
  if (!ranOut) {
    const { id } = open;
    if (open.status === decided?.status) return { isChanged: false, extended: { ...decided, id } };
    return { isChanged: true, ended: { id, at: now }, begun: beginning(now) };
  }
  const staleFrom = new Date(Math.max(open.freshUntil.getTime(), open.validFrom.getTime()));
  const ended = { id: open.id, at: staleFrom };
  if (decided?.status === 'unknown') return { isChanged: true, ended, begun: beginning(staleFrom) };
  const why = { ...open.why, stale: true };
  const stale = { controlId, status: 'unknown', freshUntil: open.freshUntil, why, from: staleFrom, to: now } as const;
  return { isChanged: true, ended, begun: [stale, ...beginning(now)] };
}

/** Touches a row only where something in it changes. */
async function extend(
  transaction: Transaction,
  { organizationId }: Claim,
  extended: readonly (DecidedVerdict & { readonly id: string })[],
): Promise<void> {
  if (extended.length === 0) return;
  await transaction.$executeRaw`
    UPDATE verdict v SET fresh_until = e.fresh_until, why = e.why
    FROM unnest(${extended.map(({ id }) => id)}::uuid[], ${extended.map(({ freshUntil }) => freshUntil)}::timestamptz(3)[],
      ${extended.map(({ why }) => JSON.stringify(why))}::text[]::jsonb[]) AS e(id, fresh_until, why)
    WHERE v.organization_id = ${organizationId}::uuid AND v.id = e.id AND (v.fresh_until, v.why) IS DISTINCT FROM (e.fresh_until, e.why)`;
}

async function end(
  transaction: Transaction,
  { organizationId, runId }: Claim,
  ended: readonly { readonly id: string; readonly at: Date }[],
): Promise<void> {
  if (ended.length === 0) return;
  await transaction.$executeRaw`
    UPDATE verdict v SET valid_to = e.at, to_run_id = ${runId}::uuid
    FROM unnest(${ended.map(({ id }) => id)}::uuid[], ${ended.map(({ at }) => at)}::timestamptz[]) AS e(id, at)
    WHERE v.organization_id = ${organizationId}::uuid AND v.id = e.id`;
}

async function begin(
  transaction: Transaction,
  { organizationId, runId }: Claim,
  begun: readonly Begun[],
): Promise<void> {
  if (begun.length === 0) return;
  await transaction.$executeRaw`
    INSERT INTO verdict (organization_id, id, control_id, status, why, fresh_until, valid_from, from_run_id, valid_to, to_run_id)
    SELECT ${organizationId}::uuid, b.id, b.control_id, b.status, b.why, b.fresh_until, b.valid_from, ${runId}::uuid, b.valid_to,
      CASE WHEN b.valid_to IS NOT NULL THEN ${runId}::uuid END
    FROM unnest(${begun.map(() => uuid())}::uuid[], ${begun.map(({ controlId }) => controlId)}::text[], ${begun.map(({ status }) => status)}::text[],
      ${begun.map(({ why }) => JSON.stringify(why))}::text[]::jsonb[], ${begun.map(({ freshUntil }) => freshUntil)}::timestamptz[],
      ${begun.map(({ from }) => from)}::timestamptz[], ${begun.map(({ to }) => to)}::timestamptz[])
      AS b(id, control_id, status, why, fresh_until, valid_from, valid_to)`;
}
