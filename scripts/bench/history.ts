import { createDatabase, type Database, evidenceHistory, type ListedEvidence, listEvidence } from '@evidence-fleet/db';
import { createFleetDatabase, startPostgres } from '@evidence-fleet/testbed';
import { type Bench, type BenchOptions, type BenchResult, type Figure, percentile } from './bench.ts';
import {
  type History,
  historyOf,
  historySettings,
  idOf,
  keySha,
  loadHistory,
  typeOf,
  validFrom,
  versionsEach,
} from './history-load/load-history.ts';

const pageRows = 100;
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
    const figures = await measure(database, stored, reads).finally(() => database.close());
    return {
      figures,
      notes: [
        `${stored.versions.toLocaleString('en')} versions of ${stored.organizations} organizations (the first has a fifth), ${versionsEach} a resource; pages of ${pageRows} rows anywhere in an organization; p95 of ${reads} reads, ${rounds} times in turn, all caches as they are. Loading took ${loadSeconds.toFixed(0)} s.`,
      ],
    };
  } finally {
    await postgres.close();
  }
}

type Read = (database: Database, sample: number, stored: History) => Promise<void>;

async function measure(database: Database, stored: History, reads: number): Promise<Figure[]> {
  const questions = [
    ['as-of page', pageAsOf],
    ['current page', currentPage],
    ['history of one resource', historyOfOne],
  ] as const;
  const taken = questions.map(([what, read]) => ({ what, read, samples: [] as number[] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const { read, samples } of taken) samples.push(await p95((sample) => read(database, sample, stored), reads));
  }
  return taken.map(({ what, samples }) => ({
    what: `${what}, p95, ms`,
    samples,
    reach: { is: 'at most', value: 50 },
    aim: { is: 'at most', value: 10 },
  }));
}

async function p95(read: (sample: number) => Promise<void>, reads: number): Promise<number> {
  const durations: number[] = [];
  for (let sample = 0; sample < reads; sample += 1) {
    const begun = performance.now();
    await read(sample);
    durations.push(performance.now() - begun);
  }
  return percentile(durations, 0.95);
}

/** Every second read is of the first organization, which has a fifth of everything. */
function target(sample: number, { organizations }: History) {
  const organizationId = idOf(sample % 2 === 0 ? 0 : sample % organizations);
  return { organizationId, type: typeOf(sample), limit: pageRows };
}

/** Anywhere in the order of SHA but the end, so that a page is full. */
function cursor(sample: number) {
  return { keySha: Buffer.alloc(32, (sample * 37) % 200), integrationId: idOf(0) };
}

const middle = new Date(validFrom(2).getTime() + 3_600_000);

const pageAsOf: Read = async (database, sample, stored) => {
  const page = await listEvidence(database, { ...target(sample, stored), after: cursor(sample), asOf: middle });
  if (page.some(({ material }) => material.version !== 2)) throw new Error('a page as of a time has another version');
  checkPage(page);
};

const currentPage: Read = async (database, sample, stored) => {
  const page = await listEvidence(database, { ...target(sample, stored), after: cursor(sample) });
  if (page.some(({ material }) => material.version !== versionsEach))
    throw new Error('a current page has an old version');
  checkPage(page);
};

const historyOfOne: Read = async (database, sample, { organizations, resources }) => {
  const organization = sample % 2 === 0 ? 0 : sample % organizations;
  const resource = 1 + ((sample * 7_919) % Math.min(...resources));
  const versions = await evidenceHistory(database, {
    organizationId: idOf(organization),
    integrationId: idOf(organization),
    type: typeOf(resource),
    keySha: keySha(organization, resource),
  });
  const told = versions.map(({ material }) => material.version).join();
  if (told !== '1,2,3,4') throw new Error(`a history is "${told}" instead of four versions`);
};

function checkPage(page: readonly ListedEvidence[]): void {
  const isOrdered = page.every(
    ({ keySha }, at) => at === 0 || Buffer.compare(page[at - 1]?.keySha ?? keySha, keySha) < 0,
  );
  if (page.length !== pageRows || !isOrdered)
    throw new Error(`a page has ${page.length} rows, or they are out of order`);
}
