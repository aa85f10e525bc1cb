import { createDatabase } from '@evidence-fleet/db';
import { createFleetDatabase, startPostgres } from '@evidence-fleet/testbed';
import pg from 'pg';
import type { Bench, BenchOptions, BenchResult } from './bench.ts';
import { judgeSettings, measureJudgement, small } from './judge-load/measure.ts';
import { longestBlock } from './ledger/measure-ledger.ts';

const rounds = 3;

/** Every control of the catalogue over one organization: the first judgement of all, then one after a thousandth of it changed. */
export const judge: Bench = { name: 'judge', run };

async function run({ isQuick, say }: BenchOptions): Promise<BenchResult> {
  const heads = isQuick ? 10_000 : 1_000_000;
  const postgres = await startPostgres({ settings: judgeSettings });
  const urls = await createFleetDatabase(postgres, 'fleet');
  const database = createDatabase({ url: urls.app, poolSize: 10 });
  const superuser = new pg.Client({ connectionString: urls.superuser });
  await superuser.connect();
  try {
    const measured = await measureJudgement(database, superuser, { heads, rounds }, say);
    return {
      figures: [
        {
          what: 'every control over all heads, first time, s',
          samples: measured.first,
          reach: { is: 'at most', value: 10 },
        },
        { what: 'after 0.1 % changed, s', samples: measured.again, reach: { is: 'at most', value: 0.2 } },
        { what: longestBlock, samples: measured.blocked, reach: { is: 'at most', value: 50 } },
        { what: 'RSS growth, MB', samples: measured.growth, reach: { is: 'at most', value: 32 } },
      ],
      notes: [
        `${heads.toLocaleString('en')} heads of one organization with an account at AWS and one at GitHub, judged side by side in one worker; ${[...new Set(measured.changed)].join(', ')} resources changed, came or went each time; every finding, count and verdict checked each time. RSS: the peak of a first judgement over that before it, after one of ${small.toLocaleString('en')} heads.`,
      ],
    };
  } finally {
    await superuser.end();
    await database.close();
    await postgres.close();
  }
}
