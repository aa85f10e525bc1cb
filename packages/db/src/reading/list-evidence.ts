import { type Database, Prisma, type Transaction } from '../database.ts';
import type { JsonObject } from '../ledger/types.ts';

/** A version of one resource, with what is known of its proof. Strings are as they are stored: NUL and lone surrogates escaped. */
export interface ListedEvidence {
  /** The version's id. */
  readonly id: string;
  readonly integrationId: string;
  readonly integration: string;
  readonly connector: string;
  /** The provider's name of the account; null before the first check. */
  readonly account: string | null;
  readonly type: string;
  readonly typeVersion: number;
  readonly slice: string;
  readonly key: readonly (string | number)[];
  /** SHA-256 of the key, 32 bytes: where the next page begins. */
  readonly keySha: Uint8Array;
  /** SHA-256 of the RFC 8785 JSON of `material`, 32 bytes. */
  readonly hash: Uint8Array;
  readonly material: JsonObject;
  /** Latest values and fields newer than the version, none of them versioned; null as of a time, because only the latest are kept. */
  readonly observed: JsonObject | null;
  readonly fromRunId: string;
  readonly validFrom: Date;
  readonly validTo: Date | null;
  readonly endReason: string | null;
  /** When a pass that was read to its end last showed it; the beginning of that pass. */
  readonly collectedAt: Date;
}

/** The last row of a page. */
export type EvidenceCursor = Pick<ListedEvidence, 'keySha' | 'integrationId'>;

export interface ListEvidence {
  readonly organizationId: string;
  readonly type: string;
  readonly integrationId?: string;
  /** What stood at this time; without it, what stands now. */
  readonly asOf?: Date;
  readonly after?: EvidenceCursor;
  readonly limit: number;
}

const firstCursor: EvidenceCursor = { keySha: new Uint8Array(), integrationId: '00000000-0000-0000-0000-000000000000' };

/** One page of one evidence type, ordered by the key's SHA-256 and the integration. */
export async function listEvidence(database: Database, options: ListEvidence): Promise<ListedEvidence[]> {
  return database.withOrganization(options.organizationId, (transaction) =>
    options.asOf === undefined ? currentPage(transaction, options) : pageAsOf(transaction, options, options.asOf),
  );
}

function currentPage(transaction: Transaction, options: ListEvidence): Promise<ListedEvidence[]> {
  const { organizationId, type, limit } = options;
  return transaction.$queryRaw<ListedEvidence[]>`
    WITH page AS MATERIALIZED (
      SELECT e.*, coalesce(h.unversioned, '{}') || h.observed AS observed, h.missing_since, h.slice AS current_slice FROM evidence_head h
      JOIN evidence e ON e.organization_id = h.organization_id AND e.id = h.version_id
      WHERE h.organization_id = ${organizationId}::uuid AND h.type = ${type} AND ${afterCursor(Prisma.sql`h`, options)}
      ORDER BY h.key_sha, h.integration_id LIMIT ${limit}
    ), ${proofs(options, Prisma.sql`current_slice`, Prisma.empty)}
    SELECT ${columns}, p.current_slice AS slice, p.observed,
      least(greatest(p.valid_from, s.proven_at), p.missing_since) AS "collectedAt"
    FROM page p ${joins(Prisma.sql`current_slice`)}
    ORDER BY p.key_sha, p.integration_id`;
}

/** One range of the index by type and key; a version stands from its beginning up to, but not at, its end. */
function pageAsOf(transaction: Transaction, options: ListEvidence, asOf: Date): Promise<ListedEvidence[]> {
  const { organizationId, type, limit } = options;
  return transaction.$queryRaw<ListedEvidence[]>`
    WITH page AS MATERIALIZED (
      SELECT e.* FROM evidence e
      WHERE e.organization_id = ${organizationId}::uuid AND e.type = ${type} AND ${afterCursor(Prisma.sql`e`, options)}
        AND e.valid_from <= ${asOf} AND (e.valid_to IS NULL OR e.valid_to > ${asOf})
      ORDER BY e.key_sha, e.integration_id LIMIT ${limit}
    ), ${proofs(options, Prisma.sql`slice`, Prisma.sql`AND r.closed_at <= ${asOf}`)}
    SELECT ${columns}, p.slice, NULL::jsonb AS observed, greatest(p.valid_from, s.proven_at) AS "collectedAt"
    FROM page p ${joins(Prisma.sql`slice`)}
    ORDER BY p.key_sha, p.integration_id`;
}

const columns = Prisma.sql`p.id, p.integration_id AS "integrationId", i.name AS integration, i.connector,
  coalesce(i.account_title, i.account_id) AS account, p.type, p.type_version AS "typeVersion", p.key, p.key_sha AS "keySha", p.hash,
  p.material, p.from_run_id AS "fromRunId", p.valid_from AS "validFrom", p.valid_to AS "validTo", p.end_reason AS "endReason"`;

function afterCursor(table: Prisma.Sql, { integrationId, after = firstCursor }: ListEvidence): Prisma.Sql {
  const of =
    integrationId === undefined ? Prisma.empty : Prisma.sql`AND ${table}.integration_id = ${integrationId}::uuid`;
  return Prisma.sql`(${table}.key_sha, ${table}.integration_id) > (${after.keySha}, ${after.integrationId}::uuid) ${of}`;
}

/** When each slice on the page was last read to its end: a few index lookups, however many rows the page has. */
function proofs({ organizationId, type }: ListEvidence, slice: Prisma.Sql, until: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`slices AS (
      SELECT d.integration_id, d.slice, last.opened_at AS proven_at
      FROM (SELECT DISTINCT integration_id, ${slice} AS slice FROM page) d
      LEFT JOIN LATERAL (
        SELECT r.opened_at FROM stream_run r
        WHERE r.organization_id = ${organizationId}::uuid AND r.integration_id = d.integration_id AND r.type = ${type}
          AND r.slice = d.slice AND r.status IN ('complete', 'partial') ${until}
        ORDER BY r.opened_at DESC LIMIT 1
      ) last ON true
    )`;
}

function joins(slice: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`JOIN integration i ON i.organization_id = p.organization_id AND i.id = p.integration_id
    JOIN slices s ON s.integration_id = p.integration_id AND s.slice = p.${slice}`;
}
