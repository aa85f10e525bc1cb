import { createHash } from 'node:crypto';
import { claimRun, createLedger, type Database, requestSync } from '@evidence-fleet/db';
import { idOf, keySha, typeOf } from '../bench/history-load/load-history.ts';

const batchRows = 1_000;
const types = 5;

/**
 * Gives resources of the first organization a new version each, through the ledger, as a sync does that found all of them changed.
 * @returns how many
 */
export async function changeThroughLedger(database: Database, resources: number, textBytes: number): Promise<number> {
  const of = { organizationId: idOf(0), integrationId: idOf(0) };
  const { runId } = await requestSync(database, { ...of, types: [] });
  const run = await claimRun(database, { ...of, runId, worker: 'growth' });
  if (run === null) throw new Error('the run could not be claimed');
  const ledger = createLedger(database, { ...run, visibility: Buffer.alloc(64) });
  let changed = 0;
  for (let type = 0; type < types; type += 1) {
    const { id } = await ledger.open({ type: typeOf(type), mode: 'incremental', typeVersion: 1, slice: '' });
    const numbers = Array.from({ length: Math.floor(resources / types) }, (_, at) => (at + 1) * types + type);
    for (let from = 0; from < numbers.length; from += batchRows) {
      const rows = numbers.slice(from, from + batchRows).map((resource) => changedRow(resource, textBytes));
      await ledger.commit(id, { rows, gaps: [], checkpoint: null, watermark: null, expected: null, calls: [] });
      changed += rows.length;
    }
    const counts = await ledger.close(id, {
      status: 'complete',
      gone: [],
      unproven: [],
      error: null,
      expected: null,
      calls: [],
    });
    if (counts.changed !== numbers.length)
      throw new Error(`${counts.changed} resources changed instead of ${numbers.length}`);
  }
  return changed;
}

function changedRow(resource: number, textBytes: number) {
  const material = {
    id: resource,
    name: `resource-${resource}`,
    version: 5,
    isPublic: false,
    region: 'eu-west-1',
    text: 'y'.repeat(textBytes),
  };
  const hash = createHash('sha256').update(JSON.stringify(material)).digest();
  return {
    key: ['Organization 0', resource],
    keySha: keySha(0, resource),
    hash,
    material: JSON.stringify(material),
    observed: '{}',
  };
}
