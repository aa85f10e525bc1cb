import { Prisma, type Transaction } from '../database.ts';
import { type PopulationId, populationTable, readSlices, type SliceProof } from './read-slices.ts';
import type { JudgedFinding } from './store-findings.ts';

type Status = JudgedFinding['status'];

/** One evidence type that a control is judged by. */
export interface ControlTest {
  readonly evidence: string;
  readonly connector: string;
  readonly quantifier: 'every' | 'some';
}

/** What stands for one evidence type of one integration. */
interface StandingPopulation extends PopulationId {
  /** Open findings per status; a status without any may be absent. */
  readonly counts: { readonly [S in Status]?: number };
  readonly slices: readonly SliceProof[];
  /** The slices that hold the failing resources of an `every`, or the witness of a `some`. */
  readonly decisiveSlices: readonly string[];
}

/** What stands for one control in the whole organization. */
export interface StoredStanding {
  /** The database's clock. */
  readonly now: Date;
  readonly populations: readonly StandingPopulation[];
  readonly openGaps: number;
  /** A few findings that do not pass. */
  readonly examples: readonly Pick<JudgedFinding, 'status' | 'resource' | 'reason'>[];
}

interface StandingOf {
  readonly organizationId: string;
  readonly runId: string;
  readonly controlId: string;
  readonly tests: readonly ControlTest[];
}

const examplesPerStatus = 5;

/** Reads what a verdict is made of, over every integration that the control concerns. */
export async function readStanding(transaction: Transaction, of: StandingOf): Promise<StoredStanding> {
  const populations = await assessed(transaction, of);
  const [now, slices, findings] = [
    await readClock(transaction),
    await readSlices(transaction, of, populations),
    await readFindings(transaction, of, populations),
  ];
  return {
    now,
    populations: populations.map((population, index) => ({
      integrationId: population.integrationId,
      type: population.type,
      slices: slices[index] ?? [],
      counts: findings[index]?.counts ?? {},
      decisiveSlices: findings[index]?.decisive ?? [],
    })),
    openGaps: await countGaps(transaction, of, populations),
    examples: await readExamples(transaction, of, populations),
  };
}

type Assessed = PopulationId & Pick<ControlTest, 'quantifier'>;

/** Every integration that could show evidence, read or not; one that was never activated, or was switched off, is not assessed. */
function assessed(transaction: Transaction, { organizationId, tests }: StandingOf): Promise<Assessed[]> {
  return transaction.$queryRaw<Assessed[]>`
    SELECT i.id AS "integrationId", t.type, t.quantifier
    FROM unnest(${tests.map(({ evidence }) => evidence)}::text[], ${tests.map(({ connector }) => connector)}::text[],
      ${tests.map(({ quantifier }) => quantifier)}::text[]) AS t(type, connector, quantifier)
    JOIN integration i ON i.connector = t.connector
    WHERE i.organization_id = ${organizationId}::uuid AND i.removed_at IS NULL AND i.status <> 'disabled'
      AND (i.status <> 'pending' OR EXISTS (SELECT FROM sync_run r
        JOIN stream_run pass ON pass.organization_id = r.organization_id AND pass.run_id = r.id
        WHERE r.organization_id = i.organization_id AND r.integration_id = i.id))
    ORDER BY i.id, t.type`;
}

async function readClock(transaction: Transaction): Promise<Date> {
  const [row] = await transaction.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp()::timestamptz(3) AS now`;
  if (row === undefined) throw new Error('the database has no clock');
  return row.now;
}

interface PopulationFindings {
  readonly counts: { readonly [S in Status]?: number };
  readonly decisive: readonly string[] | null;
}

/** Counts of every population; the slices only of those findings that decide: failures, or the witness of a `some`. */
function readFindings(
  transaction: Transaction,
  { organizationId, controlId }: StandingOf,
  populations: readonly Assessed[],
): Promise<PopulationFindings[]> {
  const decisive = populations.map(({ quantifier }) => (quantifier === 'every' ? 'fail' : 'pass'));
  const mine = Prisma.sql`f.organization_id = ${organizationId}::uuid AND f.control_id = ${controlId}
    AND f.integration_id = p.integration_id AND f.type = p.type AND f.valid_to IS NULL`;
  return transaction.$queryRaw<PopulationFindings[]>`
    SELECT coalesce(counted.counts, '{}'::jsonb) AS counts, decided.slices AS decisive
    FROM ${populationTable(populations)}
    JOIN unnest(${decisive}::text[]) WITH ORDINALITY AS d(status, position) USING (position)
    CROSS JOIN LATERAL (
      SELECT jsonb_object_agg(status, total) AS counts
      FROM (SELECT f.status, count(*) AS total FROM finding f WHERE ${mine} GROUP BY f.status) per_status
    ) counted
    CROSS JOIN LATERAL (
      SELECT array_agg(DISTINCT h.slice) AS slices FROM finding f
      JOIN evidence_head h ON h.organization_id = f.organization_id AND h.integration_id = f.integration_id AND h.type = f.type
        AND h.key_sha = f.resource_sha
      WHERE ${mine} AND f.status = d.status
    ) decided
    ORDER BY position`;
}

async function countGaps(
  transaction: Transaction,
  { organizationId }: StandingOf,
  populations: readonly Assessed[],
): Promise<number> {
  const [row] = await transaction.$queryRaw<{ total: number }[]>`
    SELECT count(*)::int AS total FROM ${populationTable(populations)}
    JOIN gap g ON g.integration_id = p.integration_id AND g.type = p.type
    WHERE g.organization_id = ${organizationId}::uuid AND g.closed_at IS NULL`;
  return row?.total ?? 0;
}

function readExamples(
  transaction: Transaction,
  { organizationId, controlId }: StandingOf,
  populations: readonly Assessed[],
): Promise<Pick<JudgedFinding, 'status' | 'resource' | 'reason'>[]> {
  return transaction.$queryRaw`
    SELECT example.status, example.resource, example.reason
    FROM ${populationTable(populations)}
    CROSS JOIN unnest(ARRAY['fail', 'unknown']) AS wanted(status)
    CROSS JOIN LATERAL (
      SELECT f.status, f.resource, f.reason FROM finding f
      WHERE f.organization_id = ${organizationId}::uuid AND f.control_id = ${controlId} AND f.integration_id = p.integration_id
        AND f.type = p.type AND f.valid_to IS NULL AND f.status = wanted.status
      ORDER BY f.resource_sha LIMIT ${examplesPerStatus}
    ) example
    ORDER BY p.position, example.status, example.resource`;
}
