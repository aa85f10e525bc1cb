import type pg from 'pg';

/** Everything that the database holds of one organization. */
export interface TenantRows {
  /** By table: how many rows, and a digest of all of them. */
  digests(): Promise<ReadonlyMap<string, string>>;
  /** Every id among them, in small letters. */
  ids(): Promise<ReadonlySet<string>>;
}

/** @param superuser looks behind the policies */
export function openTenantRows(superuser: pg.Pool, organizationId: string): TenantRows {
  const columns = async (where: string) => {
    const { rows } = await superuser.query<{ table: string; column: string }>(
      `SELECT c.table_name AS "table", c.column_name AS "column" FROM information_schema.columns AS c
       JOIN information_schema.tables AS t USING (table_schema, table_name)
       WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND ${where}
         AND EXISTS (SELECT FROM pg_class WHERE relname = c.table_name AND relkind IN ('r', 'p') AND NOT relispartition)
       ORDER BY 1, 2`,
    );
    return rows;
  };
  return {
    async digests() {
      const digests = new Map<string, string>();
      for (const { table, column } of await columns(tenantColumn)) {
        const { rows } = await superuser.query<{ digest: string }>(
          `SELECT count(*) || ' rows, ' || md5(coalesce(string_agg(one::text, E'\\n' ORDER BY one::text), '')) AS digest
           FROM ${quoted(table)} AS one WHERE ${quoted(column)} = $1`,
          [organizationId],
        );
        digests.set(table, rows[0]?.digest ?? '');
      }
      return digests;
    },
    async ids() {
      const tenantOf = new Map((await columns(tenantColumn)).map(({ table, column }) => [table, column]));
      const ids = new Set<string>();
      for (const { table, column } of await columns("c.data_type = 'uuid'")) {
        const tenant = tenantOf.get(table);
        if (tenant === undefined) continue;
        const { rows } = await superuser.query<{ id: string }>(
          `SELECT DISTINCT ${quoted(column)}::text AS id FROM ${quoted(table)}
           WHERE ${quoted(tenant)} = $1 AND ${quoted(column)} IS NOT NULL`,
          [organizationId],
        );
        for (const { id } of rows) ids.add(id);
      }
      return ids;
    },
  };
}

/** The organization's own row has its id as `id`. */
const tenantColumn = "(c.column_name = 'organization_id' OR (c.table_name = 'organization' AND c.column_name = 'id'))";

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
