import type { Database } from '../database.ts';

/** A run in a worker's hands. */
export interface HeldRun {
  readonly worker: string;
  readonly organizationId: string;
  readonly integrationId: string;
  readonly connector: string;
  readonly runId: string;
  readonly trigger: 'schedule' | 'demand';
  /** When this worker took it. */
  readonly since: Date;
  /** The lease is over, so the worker is most likely dead: the run is about to be taken back. */
  readonly isLapsed: boolean;
}

/** Of all organizations, those held for longest first. Runs as fleet_scheduler. @throws DatabaseAwayError */
export function listHeldRuns(database: Database, limit: number): Promise<HeldRun[]> {
  return database.withTrips(
    null,
    (trip) => trip.$queryRaw<HeldRun[]>`
    SELECT coalesce(run.lease_owner, '') AS worker, run.organization_id AS "organizationId", run.integration_id AS "integrationId", integration.connector,
      run.id AS "runId", run.trigger::text, attempt.claimed_at AS since, run.lease_until < now() AS "isLapsed"
    FROM (SELECT organization_id, id, integration_id, trigger, fence, lease_owner, lease_until FROM sync_run
      WHERE state = 'running' ORDER BY lease_until LIMIT ${limit}) AS run
    JOIN sync_attempt attempt ON attempt.organization_id = run.organization_id AND attempt.run_id = run.id AND attempt.fence = run.fence
    JOIN integration ON integration.organization_id = run.organization_id AND integration.id = run.integration_id
    ORDER BY since, "runId"`,
  );
}
