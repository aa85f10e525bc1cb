import { type Database, Prisma } from '../database.ts';
import type { ListedFinding } from './verdicts.ts';

/** Where a page of findings ended. */
export interface FindingCursor {
  readonly controlId: string;
  readonly integrationId: string;
  readonly type: string;
  /** SHA-256 of the resource, 32 bytes. */
  readonly resourceSha: Uint8Array;
}

export interface PagedFinding extends ListedFinding {
  readonly resourceSha: Uint8Array;
}

export interface PageFindings {
  readonly organizationId: string;
  readonly controlId?: string | undefined;
  readonly integrationId?: string | undefined;
  readonly statuses: readonly ListedFinding['status'][];
  readonly after?: FindingCursor | undefined;
  readonly limit: number;
}

/** A page of the open findings, in the order of the index that keeps one a resource: every resource once, whatever is judged meanwhile. */
export function pageFindings(database: Database, options: PageFindings): Promise<PagedFinding[]> {
  const { organizationId, controlId, integrationId, statuses, after, limit } = options;
  const conditions = [
    Prisma.sql`f.organization_id = ${organizationId}::uuid AND f.valid_to IS NULL AND f.status = ANY(${statuses}::text[])`,
    ...(controlId === undefined ? [] : [Prisma.sql`f.control_id = ${controlId}`]),
    ...(integrationId === undefined ? [] : [Prisma.sql`f.integration_id = ${integrationId}::uuid`]),
    ...(after === undefined ? [] : [behind(after)]),
  ];
  return database.withOrganization(
    organizationId,
    (transaction) => transaction.$queryRaw<PagedFinding[]>`
      SELECT f.control_id AS "controlId", f.integration_id AS "integrationId", i.name AS integration, f.type, f.resource, f.status,
        f.reason, f.valid_from AS since, f.resource_sha AS "resourceSha"
      FROM finding f JOIN integration i ON i.organization_id = f.organization_id AND i.id = f.integration_id
      WHERE ${Prisma.join(conditions, ' AND ')}
      ORDER BY f.control_id, f.integration_id, f.type, f.resource_sha LIMIT ${limit}`,
  );
}

function behind({ controlId, integrationId, type, resourceSha }: FindingCursor): Prisma.Sql {
  return Prisma.sql`(f.control_id, f.integration_id, f.type, f.resource_sha)
    > (${controlId}, ${integrationId}::uuid, ${type}, ${resourceSha}::bytea)`;
}
