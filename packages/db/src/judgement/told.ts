import type { Database, Transaction } from '../database.ts';
import { isAssessed } from './read-slices.ts';
import { type Relation, tells } from './relations.ts';

/** The integrations of a connector that could show evidence. */
export async function listAssessed(database: Database, organizationId: string, connector: string): Promise<string[]> {
  const rows = await database.withTrips(
    organizationId,
    (transaction) => transaction.$queryRaw<{ id: string }[]>`
      SELECT i.id FROM integration i WHERE i.organization_id = ${organizationId}::uuid AND i.connector = ${connector} AND ${isAssessed()} ORDER BY i.id`,
  );
  return rows.map(({ id }) => id);
}

/** The controls, of those that join other evidence, of which an integration tells that evidence, or that have a verdict from when one did. */
export async function listTold(
  database: Database,
  organizationId: string,
  joining: readonly (Relation & { readonly controlId: string })[],
): Promise<string[]> {
  const found = await database.withTrips(organizationId, (transaction) =>
    Promise.all(
      joining.map(
        (of) => transaction.$queryRaw<{ isTold: boolean }[]>`
          SELECT EXISTS (SELECT FROM integration i WHERE i.organization_id = ${organizationId}::uuid AND ${tells(of)})
            OR EXISTS (SELECT FROM verdict WHERE organization_id = ${organizationId}::uuid AND control_id = ${of.controlId} AND valid_to IS NULL) AS "isTold"`,
      ),
    ),
  );
  return joining.flatMap(({ controlId }, at) => (found[at]?.[0]?.isTold ? [controlId] : []));
}

/** The integrations that tell a relation, each with every evidence type of it. */
export async function readTelling(
  transaction: Transaction,
  organizationId: string,
  relation: Relation,
): Promise<{ integrationId: string; type: string }[]> {
  return transaction.$queryRaw`
    SELECT i.id AS "integrationId", t.type FROM integration i, unnest(${relation.evidence}::text[]) AS t(type)
    WHERE i.organization_id = ${organizationId}::uuid AND ${tells(relation)}
    ORDER BY i.id, t.type`;
}
