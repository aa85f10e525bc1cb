import type { CloseStream } from '../ports.ts';
import { prepareGap } from '../row/prepared-gap.ts';
import { proveAbsence } from './absence.ts';
import { addGap, flush, type Reading } from './reading.ts';
import type { StreamSummary } from './session.ts';

type Proof = Pick<CloseStream, 'gone' | 'unproven'>;
const noProof: Proof = { gone: [], unproven: [] };

/**
 * Closes a stream that was read to its end. Only a snapshot without a gap may retire what it did not show, and only with proof; a
 * promised total is held against a snapshot only, because the other modes never show everything.
 */
export async function closeRead(reading: Reading): Promise<StreamSummary> {
  const { session, streamId, planned, expected } = reading;
  if (reading.gaps > 0) return close(reading, 'partial', noProof);
  if (planned.stream.evidence.mode !== 'snapshot') return close(reading, 'complete', noProof);
  const absence = await session.sink.absence(streamId);
  if (expected !== null && absence.seen < expected) {
    const detail = `The provider promised ${expected} resources and showed ${absence.seen}: the list is incomplete.`;
    addGap(reading, prepareGap('*', 'incomplete', detail));
    await flush(reading);
    return close(reading, 'partial', noProof);
  }
  if (absence.mass || absence.missing === 0) return close(reading, 'complete', noProof);
  const proof = await proveAbsence(reading, absence.candidates);
  await flush(reading); // resources that a probe found are there, though the list did not show them
  return close(reading, 'complete', proof);
}

async function close(reading: Reading, status: 'complete' | 'partial', proof: Proof): Promise<StreamSummary> {
  const { session, streamId, planned, expected } = reading;
  const counts = await session.sink.close(streamId, {
    status,
    ...proof,
    error: null,
    expected,
    calls: session.calls(),
  });
  const { stream, slice } = planned;
  session.log.debug({ type: stream.evidence.name, slice: slice.id, status, ...counts }, 'stream.closed');
  // What the sink holds under gaps of its own (an absence not proven) makes a complete listing a partial pass.
  const stored = status === 'complete' && counts.gaps > 0 ? 'partial' : status;
  return { type: stream.evidence.name, slice: slice.id, status: stored, counts, error: null };
}
