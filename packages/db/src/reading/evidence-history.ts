import { type Database, Prisma } from '../database.ts';
import type { ListedEvidence } from './list-evidence.ts';

/** One version in the life of a resource. */
export interface EvidenceVersion extends Omit<ListedEvidence, 'collectedAt'> {
  readonly toRunId: string | null;
}

/** Which resource: by any version of it, or by its type and key. */
export type ResourceAddress =
  | { readonly versionId: string }
  | { readonly type: string; readonly keySha: Uint8Array; readonly integrationId?: string };

const versionsShown = 1_000;

/** Every version of one resource, the oldest first, at most 1,000; one that two integrations show has both histories. */
export async function evidenceHistory(
  database: Database,
  { organizationId, ...address }: ResourceAddress & { readonly organizationId: string },
): Promise<EvidenceVersion[]> {
  return database.withOrganization(
    organizationId,
    (transaction) =>
      transaction.$queryRaw<EvidenceVersion[]>`
        SELECT e.id, e.integration_id AS "integrationId", i.name AS integration, i.connector,
          coalesce(i.account_title, i.account_id) AS account, e.type, e.type_version AS "typeVersion", e.slice, e.key,
          e.key_sha AS "keySha", e.hash, e.material, coalesce(h.unversioned, '{}') || h.observed AS observed, e.from_run_id AS "fromRunId", e.valid_from AS "validFrom",
          e.valid_to AS "validTo", e.end_reason AS "endReason", e.to_run_id AS "toRunId"
        FROM evidence e
        JOIN integration i ON i.organization_id = e.organization_id AND i.id = e.integration_id
        LEFT JOIN evidence_head h ON h.organization_id = e.organization_id AND h.integration_id = e.integration_id
          AND h.type = e.type AND h.key_sha = e.key_sha AND h.version_id = e.id
        WHERE e.organization_id = ${organizationId}::uuid AND ${condition(organizationId, address)}
        ORDER BY e.integration_id, e.valid_from, e.id LIMIT ${versionsShown}`,
  );
}

function condition(organizationId: string, address: ResourceAddress): Prisma.Sql {
  if ('versionId' in address) {
    return Prisma.sql`(e.type, e.key_sha, e.integration_id) = (SELECT type, key_sha, integration_id FROM evidence
      WHERE organization_id = ${organizationId}::uuid AND id = ${address.versionId}::uuid)`;
  }
  const of =
    address.integrationId === undefined
      ? Prisma.empty
      : Prisma.sql`AND e.integration_id = ${address.integrationId}::uuid`;
  return Prisma.sql`e.type = ${address.type} AND e.key_sha = ${address.keySha} ${of}`;
}
