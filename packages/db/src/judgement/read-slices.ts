import { Prisma, type Transaction } from '../database.ts';

/** One evidence type of one integration. */
export interface PopulationId {
  readonly integrationId: string;
  readonly type: string;
}

/** What is known of one slice of one evidence type. */
export interface SliceProof {
  readonly slice: string;
  /** How its last pass closed; null: none has closed yet. */
  readonly status: 'complete' | 'partial' | 'failed' | null;
  /** When the last pass that was read to its end began; null: there was none. */
  readonly provenAt: Date | null;
}

/**
 * Whether integration `i` could show evidence, read or not; one that was never activated, or was switched off, could not. (Of those that are pending each is
 * looked up, by the index that the order names: with EXISTS all passes of the organization would be read into a table.)
 */
export function isAssessed(): Prisma.Sql {
  return Prisma.sql`i.removed_at IS NULL AND i.status <> 'disabled'
      AND (i.status <> 'pending' OR (SELECT true FROM stream_run pass
        WHERE pass.organization_id = i.organization_id AND pass.integration_id = i.id
        ORDER BY pass.type, pass.slice, pass.opened_at DESC LIMIT 1) IS TRUE)`;
}

/** The populations asked about as a table; `position` is their place in the list, from 1. */
export function populationTable(populations: readonly PopulationId[]): Prisma.Sql {
  return Prisma.sql`unnest(${populations.map(({ integrationId }) => integrationId)}::uuid[],
    ${populations.map(({ type }) => type)}::text[]) WITH ORDINALITY AS p(integration_id, type, position)`;
}

/**
 * The slices that each population consists of now: those of the last run that listed them all, and of every run since. A run has listed
 * them all if none of its passes is open, it was not cancelled, and more is there than the failed pass '' of a listing that failed.
 * @param judging.runId the run that is being judged: its streams have ended, though its state is `running` still
 * @returns one list a population, in the same order
 */
export async function readSlices(
  transaction: Transaction,
  judging: { readonly organizationId: string; readonly runId: string },
  populations: readonly PopulationId[],
): Promise<SliceProof[][]> {
  const { organizationId, runId } = judging;
  const rows = await transaction.$queryRaw<(SliceProof & { position: bigint })[]>`
    SELECT p.position, s.slice, last.status::text AS status, proven.opened_at AS "provenAt"
    FROM ${populationTable(populations)}
    LEFT JOIN LATERAL (
      SELECT r.requested_at FROM sync_run r
      WHERE r.organization_id = ${organizationId}::uuid AND r.integration_id = p.integration_id
        AND (r.state IN ('succeeded', 'partial') OR r.id = ${runId}::uuid AND r.cancel_requested_at IS NULL)
        AND (SELECT bool_and(pass.status <> 'open') AND bool_or(pass.slice <> '' OR pass.status <> 'failed') FROM stream_run pass
          WHERE pass.organization_id = ${organizationId}::uuid AND pass.run_id = r.id AND pass.type = p.type)
      ORDER BY r.requested_at DESC LIMIT 1
    ) listed ON true
    JOIN LATERAL (
      SELECT DISTINCT pass.slice FROM sync_run r
      JOIN stream_run pass ON pass.organization_id = r.organization_id AND pass.run_id = r.id AND pass.type = p.type
      WHERE r.organization_id = ${organizationId}::uuid AND r.integration_id = p.integration_id
        AND r.requested_at >= coalesce(listed.requested_at, '-infinity')
    ) s ON true
    LEFT JOIN LATERAL (${lastPass(organizationId, Prisma.sql`'complete', 'partial', 'failed'`)}) last ON true
    LEFT JOIN LATERAL (${lastPass(organizationId, Prisma.sql`'complete', 'partial'`)}) proven ON true
    ORDER BY p.position, s.slice`;
  return populations.map((_, index) =>
    rows
      .filter(({ position }) => Number(position) === index + 1)
      .map(({ slice, status, provenAt }) => ({ slice, status, provenAt })),
  );
}

/** The last pass over slice s of population p that closed in one of these ways. */
function lastPass(organizationId: string, statuses: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT pass.status, pass.opened_at FROM stream_run pass
    WHERE pass.organization_id = ${organizationId}::uuid AND pass.integration_id = p.integration_id AND pass.type = p.type
      AND pass.slice = s.slice AND pass.status IN (${statuses})
    ORDER BY pass.opened_at DESC LIMIT 1`;
}
