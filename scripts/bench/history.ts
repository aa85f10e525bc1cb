import { createDatabase } from '@evidence-fleet/db';
import { createFleetDatabase, startPostgres } from '@evidence-fleet/testbed';
import type { Bench, BenchOptions, BenchResult } from './bench.ts';
import { historyOf, historySettings, loadHistory, versionsEach } from './history-load/load-history.ts';
import { measureReads, pageRows } from './history-load/reads.ts';

const rounds = 3;

/** Pages and histories out of ten million versions, as the app role under row-level security, through the product's own functions. */
export const history: Bench = { name: 'history', run };

async function run({ isQuick, say }: BenchOptions): Promise<BenchResult> {
  const stored = isQuick ? historyOf(80_000, 5) : historyOf(10_000_000);
  const reads = isQuick ? 30 : 300;
  const postgres = await startPostgres({ settings: historySettings });
  try {
    const urls = await createFleetDatabase(postgres, 'fleet');
    const begun = performance.now();
    await loadHistory(urls.superuser, stored, say);
    const loadSeconds = (performance.now() - begun) / 1_000;
    const database = createDatabase({ url: urls.app, poolSize: 2 });
    const measured = await measureReads(database, stored, { rounds, reads }).finally(() => database.close());
    return {
      figures: measured.map(({ what, samples }) => ({
        what: `${what}, p95, ms`,
        samples,
        reach: { is: 'at most', value: 50 },
        aim: { is: 'at most', value: 10 },
      })),
      notes: [
        `${stored.versions.toLocaleString('en')} versions of ${stored.organizations} organizations (the first has a fifth), ${versionsEach} a resource; pages of ${pageRows} rows anywhere in an organization; p95 of ${reads} reads, ${rounds} times in turn, all caches as they are. Loading took ${loadSeconds.toFixed(0)} s.`,
      ],
    };
  } finally {
    await postgres.close();
  }
}
