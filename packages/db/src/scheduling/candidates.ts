import { Prisma, type Transaction } from '../database.ts';

/** Past this many due integrations, the feeder walks from organization to organization instead of looking at all of them. */
export const fewDue = 5_000;

// Every look names the order of the index it is to be answered from: without it the planner, who takes a row that is not there for one that
// comes soon, may read the whole table for it.

/** Before every organization's id, and behind: where a round begins and ends. */
export const firstOrganization = '00000000-0000-0000-0000-000000000000';
const lastOrganization = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** An integration whose sync is due; the words of the partial indexes integration_sync_due and integration_sync_due_fair. */
export function isDue(now: Date | Prisma.Sql): Prisma.Sql {
  return Prisma.sql`status IN ('pending', 'active', 'degraded') AND removed_at IS NULL AND next_sync_at <= ${now}::timestamptz`;
}

/** A run whose doorbell is to be rung; the words of the partial index sync_run_to_ring. */
export function isToRing(now: Date | Prisma.Sql): Prisma.Sql {
  return Prisma.sql`state IN ('queued', 'waiting') AND rung_at IS NULL AND available_at <= ${now}::timestamptz`;
}

/** A run to ring again, or an integration to make a run for. */
export interface Candidate {
  readonly kind: 'run' | 'integration';
  readonly organizationId: string;
  readonly id: string;
}

export interface CandidateQuery {
  readonly now: Date;
  /** Places to fill. */
  readonly room: number;
  /** How many jobs each organization has in line. */
  readonly held: ReadonlyMap<string, number>;
  /** The organization that was served last; those after it come first. */
  readonly last: string;
  readonly manyDue: boolean;
  /** Whether there may be runs to ring again. */
  readonly hasRuns: boolean;
}

/**
 * Whom to give the free places: always the organization that holds the fewest, and in turn where several do. An organization's runs to
 * ring again come before its due integrations, the longest due first.
 */
export async function pickCandidates(transaction: Transaction, query: CandidateQuery): Promise<Candidate[]> {
  const { now, room, held, manyDue, hasRuns } = query;
  if (!manyDue) return place(transaction, query, allDue(now));
  const found = await firstDueOfEach(transaction, query);
  const free = found.filter(({ organizationId }) => !held.has(organizationId));
  if (free.length < room) return pickOfFew(transaction, query, found);
  // One integration of each is all that can be picked, in the order of the round: whoever holds a place comes behind them.
  return hasRuns
    ? place(transaction, query, onlyDue(free, now))
    : free.slice(0, room).map((first) => ({ kind: 'integration', ...first }));
}

/** Where there are fewer organizations than places: as much of each as is likely to be picked, and more where all of that was. */
async function pickOfFew(
  transaction: Transaction,
  query: CandidateQuery,
  found: readonly FirstDue[],
): Promise<Candidate[]> {
  for (let each = Math.ceil(1 + (2 * query.room) / Math.max(1, found.length)); ; each *= 4) {
    const picked = await place(transaction, query, dueOf(found, each, query.now));
    if (each >= query.room || mostOfOne(picked) < each) return picked;
  }
}

/** How many integrations were picked of the organization of which the most were. */
function mostOfOne(picked: readonly Candidate[]): number {
  const counts = new Map<string, number>();
  for (const { kind, organizationId } of picked)
    if (kind === 'integration') counts.set(organizationId, (counts.get(organizationId) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

async function place(
  transaction: Transaction,
  { now, room, held, last }: CandidateQuery,
  due: Prisma.Sql,
): Promise<Candidate[]> {
  return transaction.$queryRaw<Candidate[]>`
    WITH candidate AS (
      (SELECT 'run' AS kind, 0 AS turn, organization_id, id, available_at AS since FROM sync_run
       WHERE ${isToRing(now)} AND trigger = 'schedule' ORDER BY available_at LIMIT ${fewDue})
      UNION ALL (${due})),
    placed AS (
      SELECT kind, organization_id, id, coalesce(held.jobs, 0)
        + row_number() OVER (PARTITION BY organization_id ORDER BY turn, since, id) AS place
      FROM candidate
      LEFT JOIN unnest(${[...held.keys()]}::uuid[], ${[...held.values()]}::int[]) AS held (organization_id, jobs)
        USING (organization_id))
    SELECT kind, organization_id AS "organizationId", id FROM placed
    ORDER BY place, organization_id <= ${last}::uuid, organization_id LIMIT ${room}`;
}

function allDue(now: Date): Prisma.Sql {
  return Prisma.sql`SELECT 'integration', 1, organization_id, id, next_sync_at FROM integration
    WHERE ${isDue(now)} ORDER BY next_sync_at LIMIT ${fewDue}`;
}

/** What as many organizations as are needed have had due longest: until `room` of those hold no place, or the round is over. */
async function firstDueOfEach(transaction: Transaction, query: CandidateQuery): Promise<FirstDue[]> {
  const { now, room, held, last } = query;
  const found: FirstDue[] = [];
  let free = 0;
  for (const round of [
    { after: last, until: lastOrganization },
    { after: firstOrganization, until: last },
  ]) {
    // Those that were served longest ago come first, and hardly any of them holds a place still.
    for (let after = round.after, count = room; ; count *= 2) {
      const hops = await walk(transaction, { now, after, until: round.until, count });
      found.push(...hops);
      free += hops.filter(({ organizationId }) => !held.has(organizationId)).length;
      if (free >= room) return found;
      if (hops.length < count) break;
      after = hops.at(-1)?.organizationId ?? after;
    }
  }
  return found;
}

/** What these organizations have had due longest, so much of each. */
function dueOf(found: readonly FirstDue[], each: number, now: Date): Prisma.Sql {
  return Prisma.sql`SELECT 'integration', 1, own.organization_id, own.id, own.next_sync_at
    FROM unnest(${found.map(({ organizationId }) => organizationId)}::uuid[]) AS organization (id) CROSS JOIN LATERAL (
      SELECT organization_id, id, next_sync_at FROM integration
      WHERE organization_id = organization.id AND ${isDue(now)} ORDER BY organization_id, next_sync_at LIMIT ${each}) AS own`;
}

function onlyDue(found: readonly FirstDue[], now: Date): Prisma.Sql {
  return Prisma.sql`SELECT 'integration', 1, organization_id, id, ${now}::timestamptz
    FROM unnest(${found.map(({ organizationId }) => organizationId)}::uuid[], ${found.map(({ id }) => id)}::uuid[])
      AS first (organization_id, id)`;
}

interface FirstDue {
  readonly organizationId: string;
  readonly id: string;
}

/** Hops over integration_sync_due_fair from what one organization has had due longest to that of the next, however many each has. */
async function walk(
  transaction: Transaction,
  range: { now: Date; after: string; until: string; count: number },
): Promise<FirstDue[]> {
  const next = (after: Prisma.Sql) => Prisma.sql`SELECT organization_id, id FROM integration
    WHERE organization_id > ${after} AND organization_id <= ${range.until}::uuid AND ${isDue(range.now)}
    ORDER BY organization_id, next_sync_at LIMIT 1`;
  return transaction.$queryRaw<FirstDue[]>`
    WITH RECURSIVE hop AS (
      SELECT organization_id, id, 1 AS number FROM (${next(Prisma.sql`${range.after}::uuid`)}) AS first
      UNION ALL
      SELECT following.organization_id, following.id, hop.number + 1
      FROM hop CROSS JOIN LATERAL (${next(Prisma.sql`hop.organization_id`)}) AS following
      WHERE hop.number < ${range.count})
    SELECT organization_id AS "organizationId", id FROM hop`;
}
