import { ConnectorError } from '@evidence-fleet/connector-sdk';
import { orAborted } from '../guard/deadline.ts';
import type { CloseStream, Missing } from '../ports.ts';
import { unescapeJson } from '../row/escape.ts';
import { createGate, settleAll } from './concurrency.ts';
import { flush, type Reading } from './reading.ts';

type Probed = 'there' | 'gone' | 'unproven';

/** What was found out about the resources that a listing did not show. */
export interface Proof extends Pick<CloseStream, 'gone' | 'unproven'> {
  /** How many of them are there all the same; they are in the batch. */
  readonly found: number;
}

/**
 * Asks the provider for each resource that the list did not show. What a probe finds goes into the batch; what it cannot tell stays
 * unproven, and so does everything past the probe limit or without a probe.
 * @throws the first error that says nothing about the resource itself: the pass is not over then
 */
export async function proveAbsence(reading: Reading, candidates: readonly Missing[]): Promise<Proof> {
  const { session } = reading;
  const gate = createGate(session.probeConcurrency);
  const writing = createGate(1);
  let broken = false;
  const results = await settleAll(
    candidates.map((missing, index) =>
      gate(async () => {
        if (broken || index >= session.probeLimit) return 'unproven';
        try {
          const probed = await probe(reading, missing);
          if (reading.batcher.isFull) await writing(() => flush(reading));
          return probed;
        } catch (error) {
          broken = true; // the rest need not be asked: nothing will be closed on their answers
          throw error;
        }
      }),
    ),
  );
  const withResult = (wanted: Probed) =>
    candidates.filter((_, index) => results[index] === wanted).map(({ keySha }) => keySha);
  return { gone: withResult('gone'), unproven: withResult('unproven'), found: withResult('there').length };
}

async function probe(reading: Reading, missing: Missing): Promise<Probed> {
  const { session, planned, context, preparer, batcher } = reading;
  const { stream } = planned;
  if (!stream.probe) return 'unproven';
  session.signal.throwIfAborted();
  try {
    const lastKnown = toRow(missing);
    const found = await orAborted(stream.probe(session.client, lastKnown, context), session.signal);
    if (found === null) return 'gone';
    const prepared = preparer.prepare(found);
    if (prepared.kind === 'gap' || !sameKey(prepared.row.keySha, missing.keySha)) return 'unproven';
    batcher.addRow(prepared.row, null);
    return 'there';
  } catch (error) {
    if (error instanceof ConnectorError && saysNothing.has(error.code)) return 'unproven';
    throw error;
  }
}

/** Answers that do not tell "gone" from "hidden". */
const saysNothing: ReadonlySet<string> = new Set(['permission_denied', 'not_found', 'malformed']);

function toRow(missing: Missing): { [field: string]: unknown } {
  return Object.fromEntries(Object.entries(missing.material).map(([field, value]) => [field, unescapeJson(value)]));
}

function sameKey(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
