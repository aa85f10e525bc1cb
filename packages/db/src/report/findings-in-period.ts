import { type Database, Prisma } from '../database.ts';
import { inPages, type PopulationOf } from './period.ts';

export interface FindingsOf extends PopulationOf {
  readonly controlId: string;
  readonly status: 'fail' | 'unknown';
}

/** What a control said of one resource, from one judgement until another. */
export interface PastFinding {
  readonly id: string;
  /** 32 bytes; findings about one resource share it. */
  readonly resourceSha: Uint8Array;
  readonly resource: string;
  readonly reason: string;
  readonly validFrom: Date;
  /** null: it stood at the end of the period. */
  readonly validTo: Date | null;
  readonly fromRunId: string;
  /** Ids of the versions that it was judged by, the oldest first: at most `proofsShown`. */
  readonly evidence: readonly string[];
  /** There are more. */
  readonly hasMoreEvidence: boolean;
}

const proofsShown = 20;

/**
 * Findings of one control and status that stood at any time of a period, by resource and time: a page at a time, for there may be a million.
 * @param options.quantifier `some`: a finding is about the whole account, and every resource is its proof
 */
export function findingsInPeriod(
  database: Database,
  options: FindingsOf & { readonly quantifier: 'every' | 'some'; readonly limit: number },
): AsyncGenerator<PastFinding> {
  const { organizationId, to } = options;
  return inPages<PastFinding>(options.limit, (after, wanted) =>
    database.withOrganization(
      organizationId,
      (transaction) => transaction.$queryRaw<PastFinding[]>`
        WITH page AS MATERIALIZED (${standing(options, after, wanted)})
        SELECT p.id, p.resource_sha AS "resourceSha", p.resource, p.reason, p.valid_from AS "validFrom",
          CASE WHEN p.valid_to < ${to} THEN p.valid_to END AS "validTo", p.from_run_id AS "fromRunId",
          coalesce(proof.ids[:${proofsShown}::int], '{}') AS evidence, coalesce(cardinality(proof.ids) > ${proofsShown}::int, false) AS "hasMoreEvidence"
        FROM page p CROSS JOIN LATERAL (${proofs(options)}) proof
        ORDER BY p.resource_sha, p.id`,
    ),
  );
}

/** How many of them there are, and about how many resources. */
export async function countFindingsInPeriod(
  database: Database,
  options: FindingsOf,
): Promise<{ readonly findings: number; readonly resources: number }> {
  const [counts] = await database.withOrganization(
    options.organizationId,
    (transaction) => transaction.$queryRaw<{ findings: number; resources: number }[]>`
      SELECT count(*)::int AS findings, count(DISTINCT resource_sha)::int AS resources FROM (
        SELECT resource_sha FROM finding f WHERE ${ofStatus(options)} AND f.valid_to IS NULL
        UNION ALL
        SELECT resource_sha FROM finding f WHERE ${ofStatus(options)} AND f.valid_to > ${options.from}
      ) either`,
  );
  return counts ?? { findings: 0, resources: 0 };
}

/** The two halves have an index each: what stands still, and what has ended. */
function standing(options: FindingsOf, after: PastFinding | null, limit: number): Prisma.Sql {
  const behind =
    after === null
      ? Prisma.empty
      : Prisma.sql`AND (f.resource_sha, f.id) > (${after.resourceSha}::bytea, ${after.id}::uuid)`;
  const half = (ends: Prisma.Sql) => Prisma.sql`(
      SELECT f.* FROM finding f WHERE ${ofStatus(options)} AND ${ends} ${behind} ORDER BY f.resource_sha, f.id LIMIT ${limit}
    )`;
  return Prisma.sql`SELECT * FROM (
      ${half(Prisma.sql`f.valid_to IS NULL`)} UNION ALL ${half(Prisma.sql`f.valid_to > ${options.from}`)}
    ) either ORDER BY resource_sha, id LIMIT ${limit}`;
}

function ofStatus({ organizationId, controlId, integrationId, type, status, to }: FindingsOf): Prisma.Sql {
  // The statuses stand here as the indexes name them, or the planner would not know that they may be used.
  return Prisma.sql`f.organization_id = ${organizationId}::uuid AND f.control_id = ${controlId}
      AND f.integration_id = ${integrationId}::uuid AND f.type = ${type}
      AND f.status = ${status === 'fail' ? Prisma.sql`'fail'` : Prisma.sql`'unknown'`} AND f.valid_from < ${to}`;
}

/** Versions that stood while the finding did, without the one by which its end was judged. */
function proofs({
  organizationId,
  integrationId,
  type,
  to,
  quantifier,
}: FindingsOf & { readonly quantifier: 'every' | 'some' }): Prisma.Sql {
  const which = quantifier === 'every' ? Prisma.sql`AND e.key_sha = p.resource_sha` : Prisma.empty;
  return Prisma.sql`
          SELECT array_agg(id ORDER BY valid_from, id) AS ids FROM (
            SELECT e.id, e.valid_from FROM evidence e
            WHERE e.organization_id = ${organizationId}::uuid AND e.type = ${type} ${which} AND e.integration_id = ${integrationId}::uuid
              AND e.valid_from < least(p.valid_to, ${to}) AND (e.valid_to IS NULL OR e.valid_to > p.valid_from)
              AND e.from_run_id IS DISTINCT FROM p.to_run_id
            ORDER BY e.key_sha, e.valid_from LIMIT ${proofsShown + 1}
          ) versions`;
}
