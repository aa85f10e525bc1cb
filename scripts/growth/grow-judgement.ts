import { createDatabase } from '@evidence-fleet/db';
import { createFleetDatabase, startPostgres } from '@evidence-fleet/testbed';
import pg from 'pg';
import { median } from '../bench/bench.ts';
import { judgeSettings, measureJudgement } from '../bench/judge-load/measure.ts';

/** Medians of one size. */
export interface Judged {
  readonly heads: number;
  readonly firstSeconds: number;
  readonly againSeconds: number;
  readonly growthMb: number;
}

export async function growJudgement(heads: number, say: (line: string) => void): Promise<Judged> {
  const postgres = await startPostgres({ settings: judgeSettings });
  const urls = await createFleetDatabase(postgres, 'fleet');
  const database = createDatabase({ url: urls.app, poolSize: 10 });
  const superuser = new pg.Client({ connectionString: urls.superuser });
  await superuser.connect();
  try {
    const { first, again, growth } = await measureJudgement(database, superuser, { heads, rounds: 3 }, say);
    return { heads, firstSeconds: median(first), againSeconds: median(again), growthMb: median(growth) };
  } finally {
    await superuser.end();
    await database.close();
    await postgres.close();
  }
}
