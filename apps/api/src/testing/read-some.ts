import { createHash } from 'node:crypto';
import { claimRun, createLedger, type Database, releaseRun, requestSync } from '@evidence-fleet/db';

const sha = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest();

interface Reading {
  readonly organizationId: string;
  readonly integrationId: string;
  readonly type: string;
  /** By their ids; the value is a field of each. */
  readonly resources: Readonly<Record<string, number>>;
  /** Reasons of gaps. */
  readonly gaps?: readonly string[];
}

/** One run with one pass over one slice, as a worker would write it. @returns the run's id */
export async function readSome(
  database: Database,
  { organizationId, integrationId, type, resources, gaps = [] }: Reading,
): Promise<string> {
  const { runId } = await requestSync(database, { organizationId, integrationId, types: [] });
  const run = await claimRun(database, { organizationId, runId, worker: 'test' });
  if (run === null) throw new Error('the run could not be claimed');
  const ledger = createLedger(database, { ...run, visibility: Buffer.alloc(64, 1) });
  const { id } = await ledger.open({ type, mode: 'snapshot', typeVersion: 1, slice: '' });
  const rows = Object.entries(resources).map(([resource, size]) => {
    const material = { id: resource, size };
    const text = JSON.stringify(material);
    return { key: [resource], keySha: sha([resource]), hash: sha(material), material: text, observed: '{}' };
  });
  const opened = gaps.map((reason) => ({ scope: '*', reason, detail: 'Say what to do.', keySha: null }));
  const calls = [{ operation: 'GET /x', calls: 2, retries: 0, throttled: 0, failed: 0, responseBytes: 9, waitedMs: 0 }];
  await ledger.commit(id, { rows, gaps: opened, checkpoint: null, watermark: null, expected: null, calls });
  const status = gaps.length === 0 ? 'complete' : 'partial';
  await ledger.close(id, { status, gone: [], unproven: [], error: null, expected: null, calls });
  const state = gaps.length === 0 ? 'succeeded' : 'partial';
  await releaseRun(database, run, { kind: 'end', state, error: null }, 'read');
  return runId;
}
