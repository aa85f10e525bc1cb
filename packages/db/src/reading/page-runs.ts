import { type Database, Prisma } from '../database.ts';
import type { RunState } from '../generated/enums.ts';
import { type RunSummary, readRuns } from './list-runs.ts';

export interface PageRuns {
  readonly organizationId: string;
  readonly integrationId?: string | undefined;
  readonly state?: RunState | undefined;
  /** The last run of the page before. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** A page of runs, the latest first by their ids, which are ordered by time: each page begins in the index where the last one ended. */
export function pageRuns(database: Database, options: PageRuns): Promise<RunSummary[]> {
  const { organizationId, integrationId, state, before, limit } = options;
  const conditions = [
    Prisma.sql`r.organization_id = ${organizationId}::uuid`,
    ...(integrationId === undefined ? [] : [Prisma.sql`r.integration_id = ${integrationId}::uuid`]),
    ...(state === undefined ? [] : [Prisma.sql`r.state = ${state}::run_state`]),
    ...(before === undefined ? [] : [Prisma.sql`r.id < ${before}::uuid`]),
  ];
  return database.withTrips(organizationId, (trip) =>
    readRuns(trip, Prisma.join(conditions, ' AND '), limit, Prisma.sql`r.id DESC`),
  );
}
