import type { Database, Transaction } from '../database.ts';
import { type Claim, holdRun } from '../hold-run.ts';
import { type EndState, statesBefore } from '../run-states.ts';

export interface RunError {
  readonly code: string;
  /** A public sentence. */
  readonly message: string;
}

/** How a worker lets go of a run. */
export type Release =
  | { readonly kind: 'end'; readonly state: EndState; readonly error: RunError | null }
  /** Goes on later; `costsAttempt` for retries, not for snoozes and handovers. */
  | {
      readonly kind: 'wait';
      readonly as: 'snooze' | 'retry' | 'shutdown';
      readonly availableAt: Date | null;
      readonly costsAttempt: boolean;
      readonly error: RunError | null;
    };

/** What stands in a finished run's manifest; plain JSON. */
export type Manifest = { readonly [key: string]: unknown };

/**
 * Ends a claim. An ended run that was asked for again in the meantime is followed by a new queued run in the same transaction.
 * @returns the follow-up run's id, to ring, or null
 */
export async function releaseRun(
  database: Database,
  claim: Claim,
  release: Release,
  manifest: Manifest | null,
): Promise<string | null> {
  return database.withOrganization(claim.organizationId, async (transaction) => {
    await holdRun(transaction, claim);
    await endAttempt(transaction, claim, release);
    if (release.kind === 'wait') {
      await wait(transaction, claim, release);
      return null;
    }
    await end(transaction, claim, release, manifest);
    return startFollowUp(transaction, claim.organizationId, claim.runId);
  });
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

async function wait(
  transaction: Transaction,
  claim: Claim,
  release: Extract<Release, { kind: 'wait' }>,
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE sync_run SET state = 'waiting', lease_owner = NULL, lease_until = NULL, rung_at = NULL,
      available_at = coalesce(${release.availableAt}::timestamptz, clock_timestamp()),
      attempts = attempts + ${release.costsAttempt ? 1 : 0},
      error_code = ${release.error?.code ?? null}, error_message = ${release.error?.message ?? null}
    WHERE organization_id = ${claim.organizationId}::uuid AND id = ${claim.runId}::uuid`;
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

/** The request that came while the run was going; made in the transaction that ends the run, so that it cannot be lost. */
export async function startFollowUp(
  transaction: Transaction,
  organizationId: string,
  runId: string,
): Promise<string | null> {
  const [row] = await transaction.$queryRaw<{ id: string }[]>`
    INSERT INTO sync_run (organization_id, id, integration_id, trigger, types, requested_at)
    SELECT organization_id, follow_up_id, integration_id, 'demand', follow_up_types, follow_up_requested_at FROM sync_run
    WHERE organization_id = ${organizationId}::uuid AND id = ${runId}::uuid AND follow_up_id IS NOT NULL
    RETURNING id`;
  return row?.id ?? null;
}
