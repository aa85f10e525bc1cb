import { Prisma, type Transaction } from '../database.ts';
import { isAssessed, type PopulationId, readSlices, type SliceProof } from './read-slices.ts';
import type { Relation } from './relations.ts';
import type { JudgedFinding } from './store-findings.ts';
import { readTelling } from './told.ts';

type Status = JudgedFinding['status'];

/** One evidence type that a control is judged by. */
export interface ControlTest {
  readonly evidence: string;
  readonly connector: string;
  readonly quantifier: 'every' | 'some';
  /** Other evidence that the answers rest on. */
  readonly relation?: Relation | null;
}

/** A control as the organization is judged by it. */
export interface JudgedControl {
  readonly controlId: string;
  /** Evidence read longer ago than this proves nothing. */
  readonly freshnessHours: number;
  readonly tests: readonly ControlTest[];
}

/** What is known of the slices of one evidence type of one integration. */
interface TypeSlices {
  readonly type: string;
  readonly slices: readonly SliceProof[];
}

/** What stands for one control in the whole organization, as the last judgement of each of its populations left it. */
export interface StoredStanding {
  /** The database's clock. */
  readonly now: Date;
  /** Open findings. */
  readonly counts: { readonly [S in Status]: number };
  readonly openGaps: number;
  /** Every last pass was read to its end without a gap. */
  readonly isComplete: boolean;
  /** When the oldest pass began that everything rests on; null: something was never read to its end. */
  readonly provenAt: Date | null;
  /** When the pass began that shows something failing longest; null: none does. */
  readonly failureProvenAt: Date | null;
  /** What the answers rest on beside the resources themselves: all of it has to be proven. */
  readonly supports: readonly TypeSlices[];
  /** Some of what is not proven now. */
  readonly unread: readonly TypeSlices[];
  /** A few findings that do not pass. */
  readonly examples: readonly Pick<JudgedFinding, 'status' | 'resource' | 'reason'>[];
}

interface Of {
  readonly organizationId: string;
  readonly runId: string;
}

/** Findings, and populations that were not read, that are named. */
const named = 5;

/**
 * Reads what the verdicts of some controls are made of: one row a population was kept by its own runs, and no finding is looked at but the few
 * that are named.
 * @returns one a control, in their order; null where a control concerns no integration of the organization
 */
export async function readStandings(
  transaction: Transaction,
  of: Of,
  controls: readonly JudgedControl[],
): Promise<(StoredStanding | null)[]> {
  const [sums, telling] = await Promise.all([
    readSums(transaction, of, controls),
    Promise.all(controls.map(({ tests }) => readSupports(transaction, of, tests))),
  ]);
  const doubted = controls.filter(({ controlId }) => sums.get(controlId)?.isNamed);
  const few = doubted.length === 0 ? [] : await readFew(transaction, of, doubted);
  const supports = telling.flatMap((populations) => populations ?? []);
  const unread = few.filter(({ kind }) => kind === 'unread');
  const [slices, examples] = await Promise.all([
    readSlicesOf(transaction, of, [...supports, ...unread]),
    readExamples(
      transaction,
      of,
      few.filter(({ kind }) => kind !== 'unread'),
    ),
  ]);
  return controls.map(({ controlId }, at) => {
    const sum = sums.get(controlId);
    const told = telling[at];
    if (sum === undefined || told?.length === 0) return null;
    const slicesOf = (one: PopulationId) => ({ type: one.type, slices: slices.get(keyOf(one)) ?? [] });
    return {
      ...sum,
      supports: (told ?? []).map(slicesOf),
      unread: unread.filter((one) => one.controlId === controlId).map(slicesOf),
      examples: examples.filter((one) => one.controlId === controlId),
    };
  });
}

interface Sum extends Omit<StoredStanding, 'supports' | 'unread' | 'examples'> {
  /** Something does not pass, or is not proven. */
  readonly isNamed: boolean;
}

/** Every integration that could show evidence counts, read or not. */
async function readSums(
  transaction: Transaction,
  { organizationId }: Of,
  controls: readonly JudgedControl[],
): Promise<Map<string, Sum>> {
  const rows = await transaction.$queryRaw<
    (Record<Status, number> & Omit<Sum, 'counts' | 'isNamed'> & { controlId: string; isProven: boolean })[]
  >`
    WITH ${assessed(organizationId)}
    SELECT t.control_id AS "controlId", clock_timestamp()::timestamptz(3) AS now, sum(p.pass)::float8 AS pass, sum(p.fail)::float8 AS fail,
      sum(p.unknown)::float8 AS unknown, sum(p.not_applicable)::float8 AS not_applicable, sum(p.open_gaps)::int AS "openGaps",
      bool_and(p.judged = i.total AND p.is_complete) AS "isComplete",
      CASE WHEN bool_and(p.judged = i.total) THEN min(p.proven_at) END AS "provenAt", max(p.failure_proven_at) AS "failureProvenAt",
      bool_and(p.judged = i.total AND p.is_proven) AS "isProven"
    FROM ${testTable(controls)}
    CROSS JOIN LATERAL (SELECT count(*) AS total FROM assessed WHERE connector = t.connector) i
    CROSS JOIN LATERAL (
      SELECT count(*) AS judged, coalesce(sum(p.pass), 0) AS pass, coalesce(sum(p.fail), 0) AS fail, coalesce(sum(p.unknown), 0) AS unknown,
        coalesce(sum(p.not_applicable), 0) AS not_applicable, coalesce(sum(p.open_gaps), 0) AS open_gaps,
        coalesce(bool_and(p.is_complete), true) AS is_complete, coalesce(bool_and(${isProven}), true) AS is_proven,
        CASE WHEN bool_and(p.proven_at IS NOT NULL) THEN min(p.proven_at) END AS proven_at,
        max(p.failure_proven_at) FILTER (WHERE p.fail > 0) AS failure_proven_at
      FROM judged_population p WHERE ${populationOf(organizationId)}
    ) p
    WHERE i.total > 0
    GROUP BY t.control_id`;
  return new Map(
    rows.map(({ controlId, pass, fail, unknown, not_applicable, isProven, ...sum }) => [
      controlId,
      { ...sum, counts: { pass, fail, unknown, not_applicable }, isNamed: !isProven || fail + unknown > 0 },
    ]),
  );
}

/** @returns null where the control joins nothing */
async function readSupports(
  transaction: Transaction,
  { organizationId }: Of,
  tests: readonly ControlTest[],
): Promise<PopulationId[] | null> {
  const relation = tests.find((test) => test.relation)?.relation;
  return relation ? readTelling(transaction, organizationId, relation) : null;
}

interface Few extends PopulationId {
  readonly controlId: string;
  readonly kind: 'unread' | 'fail' | 'unknown';
}

/** Of each control a few populations that are not proven, and a few that hold something that does not pass. */
function readFew(transaction: Transaction, { organizationId }: Of, controls: readonly JudgedControl[]): Promise<Few[]> {
  const first = (kind: Few['kind'], condition: Prisma.Sql) => Prisma.sql`(
      SELECT ${kind} AS kind, p.integration_id FROM judged_population p
      WHERE ${populationOf(organizationId)} AND ${condition} ORDER BY p.integration_id LIMIT ${named}
    )`;
  return transaction.$queryRaw<Few[]>`
    WITH ${assessed(organizationId)}
    SELECT t.control_id AS "controlId", few.kind, few.integration_id AS "integrationId", t.type
    FROM ${testTable(controls)}
    CROSS JOIN LATERAL (
      ${first('unread', Prisma.sql`NOT ${isProven}`)}
      UNION ALL ${first('fail', Prisma.sql`p.fail > 0`)}
      UNION ALL ${first('unknown', Prisma.sql`p.unknown > 0`)}
      UNION ALL (
        SELECT 'unread', i.id FROM assessed i
        WHERE i.connector = t.connector AND NOT EXISTS (
          SELECT FROM judged_population p WHERE p.organization_id = ${organizationId}::uuid AND p.control_id = t.control_id
            AND p.integration_id = i.id AND p.type = t.type
        )
        ORDER BY i.id LIMIT ${named}
      )
    ) few
    ORDER BY few.integration_id, t.type`;
}

function testTable(controls: readonly JudgedControl[]): Prisma.Sql {
  const all = controls.flatMap(({ tests, ...of }) => tests.map((test) => ({ ...of, ...test })));
  return Prisma.sql`unnest(${all.map(({ controlId }) => controlId)}::text[], ${all.map(({ evidence }) => evidence)}::text[],
    ${all.map(({ connector }) => connector)}::text[], ${all.map(({ freshnessHours }) => freshnessHours)}::float8[])
    AS t(control_id, type, connector, freshness_hours)`;
}

/** Whether everything that population `p` of test `t` rests on is complete and fresh. */
const isProven = Prisma.sql`coalesce(p.is_complete AND p.proven_at > clock_timestamp() - t.freshness_hours * interval '1 hour', false)`;

/** The integrations that could show evidence. */
function assessed(organizationId: string): Prisma.Sql {
  return Prisma.sql`assessed AS MATERIALIZED (
      SELECT i.id, i.connector FROM integration i WHERE i.organization_id = ${organizationId}::uuid AND ${isAssessed()}
    )`;
}

/**
 * The populations `p` of test `t`: one range of the index, each looked up in a table of those assessed. (A join would be planned by what the planner
 * makes of row security, which is one row.)
 */
function populationOf(organizationId: string): Prisma.Sql {
  return Prisma.sql`p.organization_id = ${organizationId}::uuid AND p.control_id = t.control_id AND p.type = t.type
        AND (p.integration_id IN (SELECT id FROM assessed)) IS TRUE`;
}

async function readSlicesOf(
  transaction: Transaction,
  of: Of,
  populations: readonly PopulationId[],
): Promise<Map<string, SliceProof[]>> {
  const distinct = [...new Map(populations.map((one) => [keyOf(one), one])).values()];
  const slices = distinct.length === 0 ? [] : await readSlices(transaction, of, distinct);
  return new Map(distinct.map((one, at) => [keyOf(one), slices[at] ?? []]));
}

function keyOf({ integrationId, type }: PopulationId): string {
  return `${integrationId} ${type}`;
}

async function readExamples(
  transaction: Transaction,
  { organizationId }: Of,
  few: readonly Few[],
): Promise<(StoredStanding['examples'][number] & { controlId: string })[]> {
  if (few.length === 0) return [];
  const first = (status: Prisma.Sql) => Prisma.sql`(
      SELECT f.status, f.resource, f.reason FROM finding f
      WHERE f.organization_id = ${organizationId}::uuid AND f.control_id = p.control_id AND f.integration_id = p.integration_id
        AND f.type = p.type AND f.valid_to IS NULL AND f.status = ${status} AND p.status = ${status}
      ORDER BY f.resource_sha LIMIT ${named}
    )`;
  return transaction.$queryRaw`
    SELECT p.control_id AS "controlId", example.status, example.resource, example.reason
    FROM unnest(${few.map(({ controlId }) => controlId)}::text[], ${few.map(({ integrationId }) => integrationId)}::uuid[],
      ${few.map(({ type }) => type)}::text[], ${few.map(({ kind }) => kind)}::text[])
      WITH ORDINALITY AS p(control_id, integration_id, type, status, position)
    CROSS JOIN LATERAL (${first(Prisma.sql`'fail'`)} UNION ALL ${first(Prisma.sql`'unknown'`)}) example
    ORDER BY p.position, example.status, example.resource`;
}
