import type { Database, Transaction } from '../database.ts';
import { type Claim, whileHeld } from '../hold-run.ts';
import { type EndState, statesBefore } from '../run-states.ts';
import { uuid } from '../uuid.ts';
import { countForBreaker } from './breaker.ts';
import { staleAt } from './claim-run.ts';
import { closeOpenStreams, unreadDetail } from './close-open-streams.ts';
import { quarantine } from './quarantine.ts';
import { type Manifest, readManifest } from './read-manifest.ts';
import { noteRetention, type Retention } from './retention.ts';

export interface RunError {
  readonly code: string;
  /** A public sentence. */
  readonly message: string;
}

/** How a worker lets go of a run. */
export type Release =
  | {
      readonly kind: 'end';
      readonly state: EndState;
      readonly error: RunError | null;
      /** The run ended its workers: its integration is put aside until somebody redrives the run. */
      readonly quarantine?: true;
      /** Evidence types whose sources forget, of any connector; without them nothing is noted. */
      readonly retention?: readonly Retention[];
    }
  /** Goes on later; `costsAttempt` for retries, not for snoozes and handovers. */
  | {
      readonly kind: 'wait';
      readonly as: 'snooze' | 'retry' | 'shutdown';
      /** Added to the database's clock; milliseconds. */
      readonly delayMs: number;
      readonly costsAttempt: boolean;
      readonly error: RunError | null;
    };

/**
 * Ends a claim. An ended run that was asked for again in the meantime, or has to be confirmed, is followed by a new queued run in the same
 * transaction. A run that somebody cancelled does not wait, though its worker had not heard of it yet: it ends as cancelled.
 * @param manifest `read`: of a run that ends it is read in the same transaction
 * @returns the follow-up run's id, to ring, or null
 */
export async function releaseRun(
  database: Database,
  claim: Claim,
  wanted: Release,
  manifest: Manifest | null | 'read',
): Promise<string | null> {
  return database.withStatements(claim.organizationId, async (transaction) => {
    const locked = lockIntegrationOf(transaction, claim);
    const [isCancelled, kept] = await whileHeld(transaction, claim, () =>
      Promise.all([
        wanted.kind === 'wait' && isCancelRequested(transaction, claim),
        manifest !== 'read' ? manifest : wanted.kind === 'end' ? readManifest(transaction, claim) : null,
        wanted.kind === 'end' && endWork(transaction, claim, wanted),
        locked,
      ]),
    );
    if (wanted.kind === 'wait' && !isCancelled) {
      await Promise.all([endAttempt(transaction, claim, wanted), wait(transaction, claim, wanted)]);
      return null;
    }
    const release: Ending = wanted.kind === 'end' ? wanted : { kind: 'end', state: 'cancelled', error: null };
    if (wanted.kind === 'wait') await endWork(transaction, claim, release);
    const [, , , followUp] = await Promise.all([
      end(transaction, claim, release, kept),
      countForBreaker(transaction, claim),
      release.retention && noteRetention(transaction, claim, release.retention),
      release.quarantine ? null : startFollowUp(transaction, claim.organizationId, claim.runId),
    ]);
    if (release.quarantine) {
      await quarantine(transaction, claim);
      return null; // a request that waits behind it is made when it is redriven
    }
    return followUp;
  });
}

type Ending = Extract<Release, { kind: 'end' }>;

/** The attempt and the passes that it left open. */
async function endWork(transaction: Transaction, claim: Claim, release: Ending): Promise<void> {
  await Promise.all([
    endAttempt(transaction, claim, release),
    closeOpenStreams(transaction, claim, release.error ?? { code: 'cancelled', message: unreadDetail }),
  ]);
}

/**
 * The integration is locked before its runs, by whoever ends a run as by whoever asks for one, pauses or feeds: none of them may look
 * between a run's end and the run that follows it.
 */
export async function lockIntegrationOf(
  transaction: Transaction,
  { organizationId, runId }: { readonly organizationId: string; readonly runId: string },
): Promise<void> {
  await transaction.$queryRaw`
    SELECT FROM integration i JOIN sync_run r ON r.organization_id = i.organization_id AND r.integration_id = i.id
    WHERE r.organization_id = ${organizationId}::uuid AND r.id = ${runId}::uuid
    FOR NO KEY UPDATE OF i`;
}

/** Of a run whose row this transaction has locked. */
async function isCancelRequested(transaction: Transaction, claim: Claim): Promise<boolean> {
  const rows = await transaction.$queryRaw<unknown[]>`
    SELECT FROM sync_run
    WHERE organization_id = ${claim.organizationId}::uuid AND id = ${claim.runId}::uuid AND cancel_requested_at IS NOT NULL`;
  return rows.length > 0;
}

async function endAttempt(transaction: Transaction, claim: Claim, release: Release): Promise<void> {
  const endedAs =
    release.kind === 'wait'
      ? release.as
      : release.state === 'cancelled'
        ? 'cancel'
        : release.state === 'failed'
          ? 'reject'
          : 'done';
  await transaction.$executeRaw`
    UPDATE sync_attempt SET released_at = clock_timestamp(), ended_as = ${endedAs}
    WHERE organization_id = ${claim.organizationId}::uuid AND run_id = ${claim.runId}::uuid AND fence = ${claim.fence}`;
}

/**
 * No wait outlasts the run: it wakes when it is overdue, whatever time the provider named, and ends then. What waits although it is overdue
 * (a store of ours was away) comes back within seconds.
 */
async function wait(
  transaction: Transaction,
  claim: Claim,
  release: Extract<Release, { kind: 'wait' }>,
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE sync_run r SET state = 'waiting', lease_owner = NULL, lease_until = NULL, rung_at = NULL,
      available_at = least(clock_timestamp() + ${Math.round(release.delayMs)} * interval '1 millisecond',
        CASE WHEN ${staleAt} > clock_timestamp() THEN ${staleAt} ELSE clock_timestamp() + interval '15 seconds' END),
      attempts = attempts + ${release.costsAttempt ? 1 : 0},
      error_code = ${release.error?.code ?? null}, error_message = ${release.error?.message ?? null}
    FROM integration i
    WHERE r.organization_id = ${claim.organizationId}::uuid AND r.id = ${claim.runId}::uuid
      AND i.organization_id = r.organization_id AND i.id = r.integration_id`;
}

async function end(
  transaction: Transaction,
  claim: Claim,
  { state, error }: Extract<Release, { kind: 'end' }>,
  manifest: Manifest | null,
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE sync_run SET state = ${state}::run_state, finished_at = clock_timestamp(), lease_owner = NULL, lease_until = NULL, rung_at = NULL,
      error_code = ${error?.code ?? null}, error_message = ${error?.message ?? null},
      manifest = ${manifest === null ? null : JSON.stringify(manifest)}::text::jsonb
    WHERE organization_id = ${claim.organizationId}::uuid AND id = ${claim.runId}::uuid
      AND state::text = ANY(${statesBefore(state)}::text[])`;
}

/**
 * The run that comes behind one that ends, made in the same transaction so that it cannot be lost: the request that came while it was
 * going, and a second reading of what was read for the first time and is not confirmed. A run that was cancelled or failed confirms nothing.
 * @returns its id, or null where none is needed
 */
export async function startFollowUp(
  transaction: Transaction,
  organizationId: string,
  runId: string,
): Promise<string | null> {
  const [row] = await transaction.$queryRaw<{ id: string }[]>`
    INSERT INTO sync_run (organization_id, id, integration_id, trigger, types, requested_at, traceparent)
    SELECT run.organization_id, coalesce(follow_up_id, ${uuid()}::uuid), run.integration_id,
      CASE WHEN follow_up_id IS NULL THEN trigger ELSE 'demand' END,
      CASE WHEN follow_up_id IS NULL THEN first.types WHEN follow_up_types = '{}' THEN '{}'
        ELSE ARRAY(SELECT DISTINCT unnest(follow_up_types || first.types) ORDER BY 1) END,
      coalesce(follow_up_requested_at, now()), CASE WHEN follow_up_id IS NOT NULL THEN follow_up_traceparent END
    FROM sync_run run
    JOIN integration i ON i.organization_id = run.organization_id AND i.id = run.integration_id
    CROSS JOIN LATERAL (
      SELECT coalesce(array_agg(DISTINCT gap.type), '{}') AS types FROM gap
      WHERE gap.organization_id = run.organization_id AND gap.integration_id = run.integration_id AND gap.opened_run_id = run.id
        AND gap.reason = 'unconfirmed' AND gap.closed_at IS NULL AND run.state IN ('succeeded', 'partial')
        AND i.status IN ('pending', 'active', 'degraded') AND i.removed_at IS NULL
    ) first
    WHERE run.organization_id = ${organizationId}::uuid AND run.id = ${runId}::uuid AND (follow_up_id IS NOT NULL OR first.types <> '{}')
    RETURNING id`;
  return row?.id ?? null;
}
