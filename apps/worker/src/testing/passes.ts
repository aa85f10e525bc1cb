import { createHash } from 'node:crypto';
import {
  type ClaimedRun,
  claimRun,
  createLedger,
  type Database,
  type EndState,
  releaseRun,
  requestSync,
} from '@evidence-fleet/db';

const sha = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest();

/** A row as the engine hands it to the ledger. */
export function prepared(key: (string | number)[], material: Record<string, string | number | boolean | null>) {
  return { key, keySha: sha(key), hash: sha(material), material: JSON.stringify(material), observed: '{}' };
}

/** A refused permission, for one resource where it has a key. */
export function gap(scope: string, key?: (string | number)[]) {
  return { scope, reason: 'permission_denied', detail: `${scope} was denied.`, keySha: key ? sha(key) : null };
}

/** One pass over a slice. */
export interface Pass {
  readonly slice?: string;
  readonly rows?: readonly ReturnType<typeof prepared>[];
  readonly gaps?: readonly ReturnType<typeof gap>[];
  /** Missing rows that a probe proved gone. */
  readonly gone?: readonly ReturnType<typeof prepared>[];
  readonly status?: 'complete' | 'partial' | 'failed';
}

export interface Of {
  readonly organizationId: string;
  readonly integrationId: string;
}

/** Passes over one evidence type through the ledger, in a run that is then to be judged and ended. */
export async function passesOf(
  database: Database,
  of: Of,
  type: string,
  passes: readonly Pass[],
): Promise<{ run: ClaimedRun; end(state?: EndState): Promise<void> }> {
  const { runId } = await requestSync(database, { ...of, types: [] });
  const run = await claimRun(database, { organizationId: of.organizationId, runId, worker: 'test' });
  if (run === null) throw new Error('the run could not be claimed');
  const ledger = createLedger(database, { ...run, visibility: Buffer.alloc(64) });
  for (const { slice = '', rows = [], gaps = [], gone = [], status } of passes) {
    const { id } = await ledger.open({ type, mode: 'snapshot', typeVersion: 1, slice });
    await ledger.commit(id, { rows, gaps, checkpoint: null, watermark: null, expected: null, calls: [] });
    await ledger.close(id, {
      status: status ?? (gaps.length > 0 ? 'partial' : 'complete'),
      ...{ gone: gone.map(({ keySha }) => keySha), unproven: [], error: null, expected: null, calls: [] },
    });
  }
  await ledger.closeSlices(
    type,
    passes.map(({ slice = '' }) => slice),
  );
  return {
    run,
    async end(state = 'succeeded') {
      await releaseRun(database, run, { kind: 'end', state, error: null }, null);
    },
  };
}
