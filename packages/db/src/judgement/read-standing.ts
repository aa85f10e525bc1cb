import { type Database, Prisma, type Transaction } from '../database.ts';
import { isAssessed, type PopulationId, populationTable, readSlices, type SliceProof } from './read-slices.ts';
import { type Relation, tells } from './relations.ts';
import type { JudgedFinding } from './store-findings.ts';

type Status = JudgedFinding['status'];

/** One evidence type that a control is judged by. */
export interface ControlTest {
  readonly evidence: string;
  readonly connector: string;
  readonly quantifier: 'every' | 'some';
  /** Other evidence that the answers rest on. */
  readonly relation?: Relation | null;
}

/** What stands for one evidence type of one integration. */
interface StandingPopulation extends PopulationId {
  /** Open findings per status; a status without any may be absent. */
  readonly counts: { readonly [S in Status]?: number };
  readonly slices: readonly SliceProof[];
  /** The slices that hold the failing resources of an `every`, or the witness of a `some`. */
  readonly decisiveSlices: readonly string[];
  /** It holds no resource of the control: what is said of those of others rests on it. */
  readonly isSupport: boolean;
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

/** Reads what a verdict is made of, over every integration that the control concerns. */
export async function readStanding(transaction: Transaction, of: StandingOf): Promise<StoredStanding> {
  const all = await assessed(transaction, of);
  // Of what was never read there is nothing to find.
  const populations = all.filter(({ isRead }) => isRead);
  const [now, slices, first, openGaps, examples] = await Promise.all([
    readClock(transaction),
    readSlices(transaction, of, populations),
    readFirstFindings(transaction, of, populations),
    countGaps(transaction, of, populations),
    readExamples(transaction, of, populations),
  ]);
  const findings = await readFindings(transaction, of, populations, { ...first, slices });
  const placeOf = new Map(populations.map((population, place) => [population, place]));
  return {
    now,
    populations: all.map((population) => {
      const index = placeOf.get(population) ?? -1;
      return {
        integrationId: population.integrationId,
        type: population.type,
        slices: slices[index] ?? [],
        counts: findings[index]?.counts ?? {},
        decisiveSlices: findings[index]?.decisive ?? [],
        isSupport: population.isSupport,
      };
    }),
    openGaps,
    examples,
  };
}

type Assessed = PopulationId &
  Pick<ControlTest, 'quantifier'> &
  Pick<StandingPopulation, 'isSupport'> & { readonly isRead: boolean };

/** Of what was never read a few stand for all: one is enough for the verdict, and it names no more. */
const unreadTold = 5;

/** Whether a run has ever opened a pass for integration `i`. */
const isRead = Prisma.sql`EXISTS (SELECT FROM stream_run pass
  WHERE pass.organization_id = i.organization_id AND pass.integration_id = i.id)`;

/**
 * Every integration that could show evidence, read or not. Where a control joins other evidence, none unless an integration tells that, and
 * what tells it as well.
 */
async function assessed(transaction: Transaction, { organizationId, tests }: StandingOf): Promise<Assessed[]> {
  const relation = tests.find((test) => test.relation)?.relation;
  const populations = transaction.$queryRaw<Assessed[]>`
    SELECT "integrationId", type, quantifier, false AS "isSupport", "isRead" FROM (
      SELECT i.id AS "integrationId", t.type, t.quantifier, i."isRead",
        row_number() OVER (PARTITION BY t.type, i."isRead" ORDER BY i.id) AS place
      FROM unnest(${tests.map(({ evidence }) => evidence)}::text[], ${tests.map(({ connector }) => connector)}::text[],
      ${tests.map(({ quantifier }) => quantifier)}::text[]) AS t(type, connector, quantifier)
      JOIN (
        SELECT i.id, i.connector, ${isRead} AS "isRead" FROM integration i
        WHERE i.organization_id = ${organizationId}::uuid AND ${isAssessed()}
      ) i ON i.connector = t.connector
    ) every
    WHERE "isRead" OR place <= ${unreadTold}
    ORDER BY "integrationId", type`;
  if (!relation) return populations;
  const supports = transaction.$queryRaw<Assessed[]>`
    SELECT i.id AS "integrationId", t.type, 'every' AS quantifier, true AS "isSupport", ${isRead} AS "isRead"
    FROM integration i, unnest(${relation.evidence}::text[]) AS t(type)
    WHERE i.organization_id = ${organizationId}::uuid AND ${tells(relation)}
    ORDER BY i.id, t.type`;
  const [told, telling] = await Promise.all([populations, supports]);
  return told.length === 0 || telling.length === 0 ? [] : [...told, ...telling];
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

/** How many of the deciding findings are asked for their slices first: where they name every slice, the others can add none. */
const decisiveFirst = 1_000;

interface FirstFindings {
  readonly counts: readonly PopulationFindings['counts'][];
  readonly decisive: readonly PopulationFindings['decisive'][];
}

/** Counts of every population; the slices only of those findings that decide: failures, or the witness of a `some`. */
async function readFirstFindings(
  transaction: Transaction,
  of: StandingOf,
  populations: readonly Assessed[],
): Promise<FirstFindings> {
  const [counts, decisive] = await Promise.all([
    readCounts(transaction, of, populations),
    readDecisive(transaction, of, populations, decisiveFirst),
  ]);
  return { counts, decisive };
}

/** Where the first findings do not name every slice, all are asked. */
async function readFindings(
  transaction: Transaction,
  of: StandingOf,
  populations: readonly Assessed[],
  { counts, decisive, slices }: FirstFindings & { readonly slices: readonly (readonly SliceProof[])[] },
): Promise<PopulationFindings[]> {
  const isShort = (at: number) => (decisive[at]?.length ?? 0) < (slices[at]?.length ?? 0);
  const more = populations.filter((_, at) => isShort(at) && decidingCount(populations[at], counts[at]) > decisiveFirst);
  const rest = await readDecisive(transaction, of, more, null);
  return populations.map((population, at) => ({
    counts: counts[at] ?? {},
    decisive: rest[more.indexOf(population)] ?? decisive[at] ?? null,
  }));
}

const decides = ({ quantifier }: Pick<Assessed, 'quantifier'>) => (quantifier === 'every' ? 'fail' : 'pass');

function decidingCount(population: Assessed | undefined, counts: PopulationFindings['counts'] | undefined): number {
  return (population && counts?.[decides(population)]) ?? 0;
}

/** As the last judgement left them; counted where it left none, as of a `some`, which has one finding. */
async function readCounts(
  transaction: Transaction,
  of: StandingOf,
  populations: readonly Assessed[],
): Promise<PopulationFindings['counts'][]> {
  const rows = await transaction.$queryRaw<{ counts: PopulationFindings['counts'] }[]>`
    SELECT coalesce(kept.counts, counted.counts, '{}'::jsonb) AS counts
    FROM ${populationTable(populations)}
    LEFT JOIN LATERAL (
      SELECT jsonb_build_object('pass', j.counts[1], 'fail', j.counts[2], 'unknown', j.counts[3], 'not_applicable', j.counts[4]) AS counts
      FROM judgement j WHERE ${populationOf('j', of)}
    ) kept ON true
    LEFT JOIN LATERAL (
      SELECT jsonb_object_agg(status, total) AS counts
      FROM (SELECT f.status, count(*) AS total FROM finding f WHERE kept.counts IS NULL AND ${populationOf('f', of)} AND f.valid_to IS NULL GROUP BY f.status) per_status
    ) counted ON true
    ORDER BY position`;
  return rows.map(({ counts }) => counts);
}

async function readDecisive(
  transaction: Transaction,
  of: StandingOf,
  populations: readonly Assessed[],
  first: number | null,
): Promise<(readonly string[] | null)[]> {
  if (populations.length === 0) return [];
  const deciding = (status: Prisma.Sql) => Prisma.sql`(
        SELECT h.slice FROM (
          SELECT f.resource_sha FROM finding f
          WHERE ${populationOf('f', of)} AND f.valid_to IS NULL AND f.status = ${status} AND d.status = ${status}
          ORDER BY f.resource_sha LIMIT ${first}
        ) f
        CROSS JOIN LATERAL (
          SELECT slice FROM evidence_head WHERE organization_id = ${of.organizationId}::uuid AND integration_id = p.integration_id
            AND type = p.type AND key_sha = f.resource_sha OFFSET 0
        ) h
      )`;
  const rows = await transaction.$queryRaw<{ slices: string[] | null }[]>`
    SELECT decided.slices
    FROM ${populationTable(populations)}
    JOIN unnest(${populations.map(decides)}::text[]) WITH ORDINALITY AS d(status, position) USING (position)
    CROSS JOIN LATERAL (
      SELECT array_agg(DISTINCT slice) AS slices
      FROM (${deciding(Prisma.sql`'fail'`)} UNION ALL ${deciding(Prisma.sql`'pass'`)}) either
    ) decided
    ORDER BY position`;
  return rows.map(({ slices }) => slices);
}

function populationOf(table: 'f' | 'j', { organizationId, controlId }: StandingOf): Prisma.Sql {
  const column = (name: string) => Prisma.raw(`${table}.${name}`);
  return Prisma.sql`${column('organization_id')} = ${organizationId}::uuid AND ${column('control_id')} = ${controlId}
    AND ${column('integration_id')} = p.integration_id AND ${column('type')} = p.type`;
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
  of: StandingOf,
  populations: readonly Assessed[],
): Promise<Pick<JudgedFinding, 'status' | 'resource' | 'reason'>[]> {
  const first = (status: Prisma.Sql) => Prisma.sql`(
        SELECT f.status, f.resource, f.reason FROM finding f
        WHERE ${populationOf('f', of)} AND f.valid_to IS NULL AND f.status = ${status}
        ORDER BY f.resource_sha LIMIT ${examplesPerStatus}
      )`;
  return transaction.$queryRaw`
    SELECT example.status, example.resource, example.reason
    FROM ${populationTable(populations)}
    CROSS JOIN LATERAL (${first(Prisma.sql`'fail'`)} UNION ALL ${first(Prisma.sql`'unknown'`)}) example
    ORDER BY p.position, example.status, example.resource`;
}
