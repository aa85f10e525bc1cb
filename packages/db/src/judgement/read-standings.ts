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

/**
 * Every integration that could show evidence counts, read or not. Parts in which nothing has changed since they were summed up stand; the others are
 * summed up anew, and kept. One statement, so that what it counts and the count of changes are of one moment.
 */
async function readSums(
  transaction: Transaction,
  { organizationId }: Of,
  controls: readonly JudgedControl[],
): Promise<Map<string, Sum>> {
  const rows = await transaction.$queryRaw<
    (Record<Status, number> & Omit<Sum, 'counts' | 'isNamed'> & { controlId: string; isProven: boolean })[]
  >`
    WITH kept AS MATERIALIZED (
      SELECT t.*, c.part, c.changes AS now, p.* FROM ${testTable(controls)}
      JOIN part_change c ON c.organization_id = ${organizationId}::uuid
      LEFT JOIN LATERAL (
        SELECT ${summed('p')}, p.changes FROM judged_part p
        WHERE p.organization_id = ${organizationId}::uuid AND p.control_id = t.control_id AND p.type = t.type
          AND p.connector = t.connector AND p.part = c.part
      ) p ON true
    ), renewed AS MATERIALIZED (
      SELECT k.control_id, k.type, k.connector, k.part, k.now, k.freshness_hours, p.* FROM kept k
      CROSS JOIN LATERAL (
        SELECT count(*)::int AS integrations, count(*) FILTER (WHERE p.is_complete)::int AS complete, coalesce(sum(p.pass), 0) AS pass,
          coalesce(sum(p.fail), 0) AS fail, coalesce(sum(p.unknown), 0) AS unknown, coalesce(sum(p.not_applicable), 0) AS not_applicable,
          coalesce(sum(p.open_gaps), 0) AS open_gaps, CASE WHEN bool_and(p.proven_at IS NOT NULL) THEN min(p.proven_at) END AS proven_at,
          max(p.failure_proven_at) FILTER (WHERE p.fail > 0) AS failure_proven_at
        FROM ${populations(organizationId, { test: 'k', part: 'k.part' })}
      ) p
      WHERE k.changes IS DISTINCT FROM k.now
    ), stored AS (
      INSERT INTO judged_part AS j (organization_id, control_id, type, connector, part, changes, ${summed()})
      SELECT ${organizationId}::uuid, control_id, type, connector, part, now, ${summed()} FROM renewed
      ON CONFLICT (organization_id, control_id, type, connector, part) DO UPDATE
        SET (changes, ${summed()}) = ROW (excluded.changes, ${summed('excluded')})
    ), part AS (
      SELECT control_id, freshness_hours, ${summed()} FROM kept WHERE changes = now
      UNION ALL SELECT control_id, freshness_hours, ${summed()} FROM renewed
    )
    SELECT control_id AS "controlId", clock_timestamp()::timestamptz(3) AS now, sum(pass)::float8 AS pass, sum(fail)::float8 AS fail,
      sum(unknown)::float8 AS unknown, sum(not_applicable)::float8 AS not_applicable, sum(open_gaps)::int AS "openGaps",
      sum(complete) = sum(integrations) AS "isComplete", CASE WHEN bool_and(proven_at IS NOT NULL) THEN min(proven_at) END AS "provenAt",
      max(failure_proven_at) AS "failureProvenAt", bool_and(${isPartProven('part')}) AS "isProven"
    FROM part WHERE integrations > 0
    GROUP BY control_id`;
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

/** Of each control a few populations that are not proven, and a few that hold something that does not pass; looked for where their part has one. */
function readFew(transaction: Transaction, { organizationId }: Of, controls: readonly JudgedControl[]): Promise<Few[]> {
  const first = (kind: Few['kind'], { part, population }: { part: Prisma.Sql; population: Prisma.Sql }) => Prisma.sql`(
      SELECT ${kind} AS kind, i.id AS integration_id FROM (
        SELECT s.part FROM judged_part s
        WHERE s.organization_id = ${organizationId}::uuid AND s.control_id = t.control_id AND s.type = t.type
          AND s.connector = t.connector AND s.integrations > 0 AND ${part}
        ORDER BY s.part LIMIT ${named}
      ) with_one
      CROSS JOIN LATERAL (
        SELECT i.id FROM ${populations(organizationId, { test: 't', part: 'with_one.part' })} AND ${population} ORDER BY i.id LIMIT ${named}
      ) i
      ORDER BY with_one.part, i.id LIMIT ${named}
    )`;
  return transaction.$queryRaw<Few[]>`
    SELECT t.control_id AS "controlId", few.kind, few.integration_id AS "integrationId", t.type
    FROM ${testTable(controls)}
    CROSS JOIN LATERAL (
      ${first('unread', { part: Prisma.sql`NOT ${isPartProven('s')}`, population: Prisma.sql`NOT ${isProven}` })}
      UNION ALL ${first('fail', { part: Prisma.sql`s.fail > 0`, population: Prisma.sql`p.fail > 0` })}
      UNION ALL ${first('unknown', { part: Prisma.sql`s.unknown > 0`, population: Prisma.sql`p.unknown > 0` })}
    ) few
    ORDER BY few.integration_id, t.type`;
}

function testTable(controls: readonly JudgedControl[]): Prisma.Sql {
  const all = controls.flatMap(({ tests, ...of }) => tests.map((test) => ({ ...of, ...test })));
  return Prisma.sql`unnest(${all.map(({ controlId }) => controlId)}::text[], ${all.map(({ evidence }) => evidence)}::text[],
    ${all.map(({ connector }) => connector)}::text[], ${all.map(({ freshnessHours }) => freshnessHours)}::float8[])
    AS t(control_id, type, connector, freshness_hours)`;
}

/** What is kept of a part, in one order. @param of the table */
function summed(of?: 'p' | 'excluded'): Prisma.Sql {
  return Prisma.raw(sums.map((name) => (of === undefined ? name : `${of}.${name}`)).join(', '));
}

const sums = [
  ...['integrations', 'complete', 'pass', 'fail', 'unknown', 'not_applicable', 'open_gaps'],
  ...['proven_at', 'failure_proven_at'],
];

/** Since when a pass of test `t` proves something. */
const freshSince = (hours: Prisma.Sql) => Prisma.sql`clock_timestamp() - ${hours} * interval '1 hour'`;

/** Whether everything that population `p` of test `t` rests on is complete and fresh. */
const isProven = Prisma.sql`coalesce(p.is_complete AND p.proven_at > ${freshSince(Prisma.sql`t.freshness_hours`)}, false)`;

/** Whether that is so of every population in a part. */
function isPartProven(part: 'part' | 's'): Prisma.Sql {
  const column = (name: string) => Prisma.raw(`${part}.${name}`);
  const hours = part === 's' ? Prisma.sql`t.freshness_hours` : Prisma.sql`part.freshness_hours`;
  return Prisma.sql`(${column('complete')} = ${column('integrations')} AND coalesce(${column('proven_at')} > ${freshSince(hours)}, false))`;
}

/** The integrations `i` of one part that could show evidence, each with its population `p` of a test, where it was judged. */
function populations(organizationId: string, of: { readonly test: 'k' | 't'; readonly part: string }): Prisma.Sql {
  const test = (name: string) => Prisma.raw(`${of.test}.${name}`);
  return Prisma.sql`integration i LEFT JOIN judged_population p ON p.organization_id = ${organizationId}::uuid AND p.control_id = ${test('control_id')}
        AND p.integration_id = i.id AND p.type = ${test('type')}
      WHERE i.organization_id = ${organizationId}::uuid AND i.part = ${Prisma.raw(of.part)}
        AND i.connector = ${test('connector')} AND ${isAssessed()}`;
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
