import { createHash } from 'node:crypto';
import { type Database, evidenceHistory, type ListedEvidence, listEvidence } from '@evidence-fleet/db';
import { percentile } from '../bench.ts';
import { type History, idOf, keySha, typeOf, validFrom, versionsEach } from './load-history.ts';

export const pageRows = 100;

/** 95th percentiles in milliseconds, one a round, of each question in turn. */
export async function measureReads(
  database: Database,
  stored: History,
  { rounds, reads }: { readonly rounds: number; readonly reads: number },
): Promise<{ what: string; samples: number[] }[]> {
  const questions = [
    ['as-of page', pageAsOf],
    ['current page', currentPage],
    ['history of one resource', historyOfOne],
  ] as const;
  const taken = questions.map(([what, read]) => ({ what, read, samples: [] as number[] }));
  for (let round = 0; round < rounds; round += 1) {
    const first = round * reads;
    for (const { read, samples } of taken)
      samples.push(await p95((sample) => read(database, first + sample, stored), reads));
  }
  return taken.map(({ what, samples }) => ({ what, samples }));
}

type Read = (database: Database, sample: number, stored: History) => Promise<void>;

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

/** Anywhere in the order of SHA but the end, so that a page is full; each time elsewhere. */
function cursor(sample: number) {
  const sha = createHash('sha256').update(`${sample}`).digest();
  sha.writeUInt8(sha.readUInt8(0) % 200);
  return { keySha: sha, integrationId: idOf(0) };
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
