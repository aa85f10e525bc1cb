import { Prisma, type Transaction } from '../database.ts';
import { type PopulationId, populationTable } from './read-slices.ts';

export interface Decided extends PopulationId {
  readonly controlId: string;
  readonly quantifier: 'every' | 'some';
}

/** How many of the deciding findings are asked for their slices first: where they name every slice, the others can add none. */
const askedFirst = 1_000;

/**
 * The slices that hold the failing resources of an `every`, or the witness of a `some`.
 * @returns one list a population, in the same order
 */
export async function readDecisiveSlices(
  transaction: Transaction,
  organizationId: string,
  populations: readonly (Decided & { readonly slices: readonly unknown[] })[],
): Promise<(readonly string[])[]> {
  if (populations.length === 0) return [];
  const first = await read(transaction, organizationId, populations, askedFirst);
  const isShort = (at: number) =>
    first[at]?.asked === askedFirst && first[at].slices.length < (populations[at]?.slices.length ?? 0);
  const short = populations.filter((_, at) => isShort(at));
  const rest = short.length === 0 ? [] : await read(transaction, organizationId, short, null);
  return populations.map((population, at) => (rest[short.indexOf(population)] ?? first[at])?.slices ?? []);
}

function read(
  transaction: Transaction,
  organizationId: string,
  populations: readonly Decided[],
  limit: number | null,
): Promise<{ slices: string[]; asked: number }[]> {
  const deciding = (status: Prisma.Sql) => Prisma.sql`(
        SELECT h.slice FROM (
          SELECT f.resource_sha FROM finding f
          WHERE f.organization_id = ${organizationId}::uuid AND f.control_id = d.control_id AND f.integration_id = p.integration_id
            AND f.type = p.type AND f.valid_to IS NULL AND f.status = ${status} AND d.status = ${status}
          ORDER BY f.resource_sha LIMIT ${limit}
        ) f
        CROSS JOIN LATERAL (
          SELECT slice FROM evidence_head WHERE organization_id = ${organizationId}::uuid AND integration_id = p.integration_id
            AND type = p.type AND key_sha = f.resource_sha OFFSET 0
        ) h
      )`;
  const statuses = populations.map(({ quantifier }) => (quantifier === 'every' ? 'fail' : 'pass'));
  return transaction.$queryRaw`
    SELECT coalesce(decided.slices, '{}') AS slices, decided.asked
    FROM ${populationTable(populations)}
    JOIN unnest(${populations.map(({ controlId }) => controlId)}::text[], ${statuses}::text[])
      WITH ORDINALITY AS d(control_id, status, position) USING (position)
    CROSS JOIN LATERAL (
      SELECT array_agg(DISTINCT slice) AS slices, count(*)::int AS asked
      FROM (${deciding(Prisma.sql`'fail'`)} UNION ALL ${deciding(Prisma.sql`'pass'`)}) either
    ) decided
    ORDER BY position`;
}
