import { type Database, Prisma } from '../database.ts';
import { type ListedGap, readGaps } from '../reading/gaps.ts';
import { inPages, type PopulationOf } from './period.ts';

/** The gaps that were open at any time of a period, in the order in which they opened. */
export function gapsInPeriod(
  database: Database,
  { organizationId, integrationId, type, from, to, limit }: PopulationOf & { readonly limit: number },
): AsyncGenerator<ListedGap> {
  return inPages<ListedGap>(limit, (after, wanted) => {
    const behind = after === null ? Prisma.empty : Prisma.sql`AND g.id > ${after.id}::uuid`;
    const which = Prisma.sql`g.organization_id = ${organizationId}::uuid AND g.integration_id = ${integrationId}::uuid AND g.type = ${type}
      AND g.opened_at < ${to} AND (g.closed_at IS NULL OR g.closed_at > ${from}) ${behind}`;
    return database.withOrganization(organizationId, (transaction) =>
      readGaps(transaction, which, wanted, Prisma.sql`g.id`),
    );
  });
}
