import { type Database, Prisma, type Transaction } from '../database.ts';
import type { PeriodOf, PopulationOf } from './period.ts';

/** An integration that was there at some time of a period. */
export interface PastIntegration {
  readonly id: string;
  readonly name: string;
  readonly connector: string;
  /** The provider's name of the account; null before the first check. */
  readonly account: string | null;
  readonly createdAt: Date;
  readonly removedAt: Date | null;
}

/** How one slice was read in a period. Times are those at which a pass began: what it showed is no older. */
interface SliceReadings {
  readonly slice: string;
  readonly complete: number;
  readonly partial: number;
  readonly failed: number;
  readonly firstCompleteAt: Date | null;
  readonly lastCompleteAt: Date | null;
  /** The last complete pass before the period: what the period began with. */
  readonly completeBeforeAt: Date | null;
}

/** How a population was obtained. */
export interface Readings {
  readonly runs: number;
  readonly slices: readonly SliceReadings[];
  /** Gaps that were open at any time of the period. */
  readonly gaps: number;
  /** Resources that stood at the end of the period. */
  readonly resources: number;
}

interface IntegrationsOf extends PeriodOf {
  readonly connectors: readonly string[];
  /** The path of a setting: only integrations that have it. */
  readonly requires?: readonly string[];
}

/** The integrations of some connectors that were there at any time of a period, by name. */
export function integrationsInPeriod(
  database: Database,
  { organizationId, connectors, requires, from, to }: IntegrationsOf,
): Promise<PastIntegration[]> {
  const hasSetting =
    requires === undefined ? Prisma.empty : Prisma.sql`AND (settings #>> ${requires}::text[]) IS NOT NULL`;
  return database.withOrganization(
    organizationId,
    (transaction) => transaction.$queryRaw<PastIntegration[]>`
      SELECT id, name, connector, coalesce(account_title, account_id) AS account, created_at AS "createdAt", removed_at AS "removedAt"
      FROM integration
      WHERE organization_id = ${organizationId}::uuid AND connector = ANY(${connectors}::text[]) AND created_at < ${to}
        AND (removed_at IS NULL OR removed_at > ${from}) ${hasSetting}
      ORDER BY name, id`,
  );
}

/** Flat in memory and in the length of its statements, whatever the number of resources. */
export async function readingsInPeriod(database: Database, of: PopulationOf): Promise<Readings> {
  const read = await database.withOrganization(of.organizationId, async (transaction) => ({
    ...(await readCounts(transaction, of)),
    slices: await readSlices(transaction, of),
  }));
  return { ...read, resources: await countResources(database, of) };
}

async function readCounts(transaction: Transaction, of: PopulationOf): Promise<Pick<Readings, 'runs' | 'gaps'>> {
  const [counts] = await transaction.$queryRaw<Pick<Readings, 'runs' | 'gaps'>[]>`
    SELECT (
      SELECT count(DISTINCT run_id)::int FROM stream_run
      WHERE organization_id = ${of.organizationId}::uuid AND integration_id = ${of.integrationId}::uuid AND type = ${of.type}
        AND opened_at >= ${of.from} AND opened_at < ${of.to}
    ) AS runs, (
      SELECT count(*)::int FROM gap
      WHERE organization_id = ${of.organizationId}::uuid AND integration_id = ${of.integrationId}::uuid AND type = ${of.type}
        AND opened_at < ${of.to} AND (closed_at IS NULL OR closed_at > ${of.from})
    ) AS gaps`;
  if (counts === undefined) throw new Error('a count came back without a row');
  return counts;
}

/** Slices that had a pass before the end of the period; one that was given up long ago shows by its dates. */
function readSlices(transaction: Transaction, of: PopulationOf): Promise<SliceReadings[]> {
  return transaction.$queryRaw<SliceReadings[]>`
    SELECT slice, (count(*) FILTER (WHERE is_within AND status = 'complete'))::int AS complete,
      (count(*) FILTER (WHERE is_within AND status = 'partial'))::int AS partial,
      (count(*) FILTER (WHERE is_within AND status = 'failed'))::int AS failed,
      min(opened_at) FILTER (WHERE is_within AND status = 'complete') AS "firstCompleteAt",
      max(opened_at) FILTER (WHERE is_within AND status = 'complete') AS "lastCompleteAt",
      max(opened_at) FILTER (WHERE NOT is_within AND status = 'complete') AS "completeBeforeAt"
    FROM (
      SELECT slice, status, opened_at, opened_at >= ${of.from} AS is_within FROM stream_run
      WHERE organization_id = ${of.organizationId}::uuid AND integration_id = ${of.integrationId}::uuid AND type = ${of.type}
        AND opened_at < ${of.to} AND status <> 'open'
    ) pass
    GROUP BY slice ORDER BY slice`;
}

const countedAtOnce = 50_000;

async function countResources(database: Database, of: PopulationOf): Promise<number> {
  let total = 0;
  let after: Uint8Array = new Uint8Array();
  for (;;) {
    const [page] = await database.withOrganization(
      of.organizationId,
      (transaction) => transaction.$queryRaw<{ count: number; last: Uint8Array | null }[]>`
        SELECT count(*)::int AS count, (array_agg(key_sha ORDER BY key_sha DESC))[1] AS last FROM (
          SELECT key_sha FROM evidence
          WHERE organization_id = ${of.organizationId}::uuid AND type = ${of.type} AND key_sha > ${after}
            AND integration_id = ${of.integrationId}::uuid AND valid_from < ${of.to} AND (valid_to IS NULL OR valid_to >= ${of.to})
          ORDER BY key_sha LIMIT ${countedAtOnce}
        ) standing`,
    );
    total += page?.count ?? 0;
    if (!page?.last || page.count < countedAtOnce) return total;
    after = page.last;
  }
}
