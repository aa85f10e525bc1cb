import type { Database } from '../database.ts';
import type { Manifest } from '../runs/read-manifest.ts';

/** What an ended run kept of what it did. */
export interface StoredManifest {
  readonly runId: string;
  readonly finishedAt: Date;
  readonly manifest: Manifest;
}

/** The manifests among the latest `runs` runs of an integration, newest first; runs that have not ended have none. */
export async function recentManifests(
  database: Database,
  of: { readonly organizationId: string; readonly integrationId: string; readonly runs: number },
): Promise<StoredManifest[]> {
  return database.withOrganization(
    of.organizationId,
    (transaction) => transaction.$queryRaw<StoredManifest[]>`
      SELECT id AS "runId", finished_at AS "finishedAt", manifest FROM (
        SELECT id, finished_at, manifest FROM sync_run
        WHERE organization_id = ${of.organizationId}::uuid AND integration_id = ${of.integrationId}::uuid
        ORDER BY requested_at DESC LIMIT ${of.runs}) AS latest
      WHERE manifest IS NOT NULL AND finished_at IS NOT NULL`,
  );
}
