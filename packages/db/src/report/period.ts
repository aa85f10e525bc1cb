/** A span of time, its end excluded, within one organization. */
export interface PeriodOf {
  readonly organizationId: string;
  readonly from: Date;
  readonly to: Date;
}

/** One evidence type of one integration in a period. */
export interface PopulationOf extends PeriodOf {
  readonly integrationId: string;
  readonly type: string;
}

/** Rows held in memory at once. */
const pageSize = 500;

/** Rows of pages that are read one after the other, each from behind the last row of the one before. */
export async function* inPages<Row>(
  limit: number,
  read: (after: Row | null, limit: number) => Promise<Row[]>,
): AsyncGenerator<Row> {
  let after: Row | null = null;
  for (let left = limit; left > 0; ) {
    const wanted = Math.min(left, pageSize);
    const page: Row[] = await read(after, wanted);
    yield* page;
    after = page.at(-1) ?? null;
    left -= page.length;
    if (page.length < wanted) return;
  }
}
