import type { Transaction } from '../database.ts';
import type { Claim } from '../hold-run.ts';
import { notify } from '../notifications/notify.ts';

/** So many runs in a row end in an outage before the schedule steps back. */
const opensAt = 3;
const longestMinutes = 24 * 60;

/** Codes that say that the provider is in trouble, and nothing about the credential or the settings. */
const outages = ['service_unavailable', 'timeout', 'malformed'];

/**
 * Counts a run that has just ended for its integration's circuit breaker. From the third outage in a row the next scheduled run, a trial, is
 * moved away: by one interval, then two, four, up to a day. A run that read something closes it. Runs that ended otherwise say nothing.
 */
export async function countForBreaker(transaction: Transaction, claim: Claim): Promise<void> {
  const ended = await readEnd(transaction, claim);
  if (ended === undefined) return;
  if (ended.has_read) await close(transaction, claim, ended);
  else if (ended.is_outage) await countOutage(transaction, claim, ended);
}

interface Ended {
  readonly integration_id: string;
  readonly name: string;
  readonly sync_failures: number;
  readonly is_open: boolean;
  readonly has_read: boolean;
  readonly is_outage: boolean;
  readonly reason: string | null;
}

async function readEnd(transaction: Transaction, { organizationId, runId }: Claim): Promise<Ended | undefined> {
  const [ended] = await transaction.$queryRaw<Ended[]>`
    SELECT i.id AS integration_id, i.name, i.sync_failures, i.breaker_until IS NOT NULL AS is_open,
      r.state IN ('succeeded', 'partial') AND pass.read AS has_read,
      r.state = 'failed' AND NOT pass.read
        AND (r.error_code = ANY(${outages}::text[]) OR r.error_code IS NULL AND pass.in_outage) AS is_outage,
      coalesce(r.error_message, pass.message) AS reason
    FROM sync_run r
    JOIN integration i ON i.organization_id = r.organization_id AND i.id = r.integration_id AND i.removed_at IS NULL
    CROSS JOIN LATERAL (
      SELECT coalesce(bool_or(status IN ('complete', 'partial')), false) AS read,
        coalesce(bool_and(status = 'failed' AND error_code = ANY(${outages}::text[])), false) AS in_outage, max(error_message) AS message
      FROM stream_run WHERE organization_id = r.organization_id AND run_id = r.id
    ) pass
    WHERE r.organization_id = ${organizationId}::uuid AND r.id = ${runId}::uuid`;
  return ended;
}

async function close(transaction: Transaction, { organizationId }: Claim, ended: Ended): Promise<void> {
  if (ended.sync_failures === 0 && !ended.is_open) return;
  await transaction.$executeRaw`
    UPDATE integration SET sync_failures = 0, failing_since = NULL, failing_reason = NULL, breaker_until = NULL
    WHERE organization_id = ${organizationId}::uuid AND id = ${ended.integration_id}::uuid`;
  if (ended.is_open)
    await notify(
      transaction,
      { organizationId, integrationId: ended.integration_id },
      {
        kind: 'integration.breaker_closed',
        message: `${ended.name} can be read again, and is synced by its schedule.`,
      },
    );
}

async function countOutage(transaction: Transaction, { organizationId }: Claim, ended: Ended): Promise<void> {
  const failures = ended.sync_failures + 1;
  const intervals = failures < opensAt ? null : 2 ** Math.min(failures - opensAt, 20);
  await transaction.$executeRaw`
    WITH moved AS (
      SELECT organization_id, id, clock_timestamp() + interval '1 minute'
        * least(coalesce(interval_minutes, ${longestMinutes}) * ${intervals}::float8, ${longestMinutes}) AS until
      FROM integration WHERE organization_id = ${organizationId}::uuid AND id = ${ended.integration_id}::uuid)
    UPDATE integration i SET sync_failures = ${failures}, failing_since = coalesce(i.failing_since, clock_timestamp()),
      failing_reason = ${ended.reason}, breaker_until = CASE WHEN ${failures} >= ${opensAt} THEN moved.until END,
      next_sync_at = CASE WHEN i.next_sync_at IS NULL OR ${failures} < ${opensAt} THEN i.next_sync_at
        ELSE greatest(i.next_sync_at, moved.until) END
    FROM moved WHERE i.organization_id = moved.organization_id AND i.id = moved.id`;
  if (intervals !== null && !ended.is_open)
    await notify(
      transaction,
      { organizationId, integrationId: ended.integration_id },
      {
        kind: 'integration.breaker_opened',
        message: `${ended.name} could not be read ${failures} times in a row: ${ended.reason ?? 'its provider is in trouble.'} It is tried again by itself, less often until it works.`,
      },
    );
}
