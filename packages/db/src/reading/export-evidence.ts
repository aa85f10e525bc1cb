import type { Database } from '../database.ts';
import { type EvidenceCursor, type ListedEvidence, listEvidence } from './list-evidence.ts';

export interface ExportEvidence {
  readonly organizationId: string;
  /** Evidence types, in the order they are wanted. */
  readonly types: readonly string[];
  readonly integrationId?: string;
  readonly asOf?: Date;
  /** Rows a page, 500 by default: what is held in memory at once. */
  readonly pageSize?: number;
  /** Begins behind this row of the first type. */
  readonly after?: EvidenceCursor;
}

/**
 * Every piece of evidence, a page at a time, each page a transaction of its own: memory stays flat and no snapshot is held open.
 * With `asOf` the export is one moment's, whatever is written meanwhile; without it, a page shows what stands when it is read.
 */
export async function* exportEvidence(
  database: Database,
  { types, after: first, pageSize: limit = 500, ...options }: ExportEvidence,
): AsyncGenerator<ListedEvidence> {
  let after = first;
  for (const type of types) {
    for (;;) {
      const page: ListedEvidence[] = await listEvidence(database, {
        ...options,
        type,
        limit,
        ...(after ? { after } : {}),
      });
      yield* page;
      after = page.at(-1);
      if (page.length < limit) break;
    }
    after = undefined;
  }
}

/** The database's clock: the time an export is pinned to, taken before its first page. */
export async function databaseTime(database: Database): Promise<Date> {
  const [row] = await database.prisma.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp()::timestamptz(3) AS now`;
  if (row === undefined) throw new Error('the database did not tell the time');
  return row.now;
}
