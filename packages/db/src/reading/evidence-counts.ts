import { type Database, Prisma } from '../database.ts';

/** What is held of one evidence type of one integration. */
export interface EvidenceCount {
  readonly type: string;
  readonly integrationId: string;
  readonly integration: string;
  /** Resources that stand now. */
  readonly current: number;
  /** Of them, those that a complete pass did not show, held until their absence is proven. */
  readonly missing: number;
  /** Versions ever written. */
  readonly versions: number;
  readonly openGaps: number;
}

/** How much is held of each evidence type and integration, ordered by type. */
export async function evidenceCounts(
  database: Database,
  { organizationId, integrationId }: { readonly organizationId: string; readonly integrationId?: string },
): Promise<EvidenceCount[]> {
  const of = integrationId === undefined ? Prisma.empty : Prisma.sql`AND integration_id = ${integrationId}::uuid`;
  return database.withOrganization(
    organizationId,
    (transaction) => transaction.$queryRaw<EvidenceCount[]>`
      WITH counted AS (
        SELECT integration_id, type, 0 AS current, 0 AS missing, count(*)::int AS versions, 0 AS gaps FROM evidence
        WHERE organization_id = ${organizationId}::uuid ${of} GROUP BY 1, 2
        UNION ALL
        SELECT integration_id, type, count(*)::int, count(*) FILTER (WHERE missing_passes > 0)::int, 0, 0 FROM evidence_head
        WHERE organization_id = ${organizationId}::uuid ${of} GROUP BY 1, 2
        UNION ALL
        SELECT integration_id, type, 0, 0, 0, count(*)::int FROM gap
        WHERE organization_id = ${organizationId}::uuid ${of} AND closed_at IS NULL GROUP BY 1, 2
      )
      SELECT c.type, c.integration_id AS "integrationId", i.name AS integration, sum(c.current)::int AS current,
        sum(c.missing)::int AS missing, sum(c.versions)::int AS versions, sum(c.gaps)::int AS "openGaps"
      FROM counted c JOIN integration i ON i.organization_id = ${organizationId}::uuid AND i.id = c.integration_id
      GROUP BY 1, 2, 3 ORDER BY 1, 3`,
  );
}

/** The evidence types of which anything was ever stored, in order: one index lookup a type. */
export async function storedTypes(database: Database, organizationId: string): Promise<string[]> {
  return database.withOrganization(organizationId, async (transaction) => {
    const types: string[] = [];
    for (;;) {
      const [next] = await transaction.$queryRaw<{ type: string }[]>`
        SELECT type FROM evidence WHERE organization_id = ${organizationId}::uuid AND type > ${types.at(-1) ?? ''}
        ORDER BY type LIMIT 1`;
      if (next === undefined) return types;
      types.push(next.type);
    }
  });
}
