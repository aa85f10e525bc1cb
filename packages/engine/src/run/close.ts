import { prepareGap } from '../row/prepared-gap.ts';
import { type Proof, proveAbsence } from './absence.ts';
import { addGap, flush, type Reading } from './reading.ts';
import type { StreamSummary } from './session.ts';

const noProof: Proof = { gone: [], unproven: [], found: 0 };

/**
 * Closes a stream that was read to its end. Only a snapshot without a gap may retire what it did not show, and only with proof; a
 * promised total is held against a snapshot only, because the other modes never show everything.
 */
export async function closeRead(reading: Reading): Promise<StreamSummary> {
  await confirmFirst(reading);
  await noteForgotten(reading);
  if (reading.gaps > 0) return close(reading, 'partial', noProof);
  if (reading.planned.stream.evidence.mode !== 'snapshot') return close(reading, 'complete', noProof);
  const { expected } = reading;
  const absence = await reading.session.sink.absence(reading.streamId);
  const proof = absence.mass ? noProof : await proveAbsence(reading, absence.candidates);
  const seen = absence.seen + proof.found;
  if (expected !== null && seen < expected) {
    const detail = `The provider promised ${expected} resources and showed ${seen}: the list is incomplete.`;
    addGap(reading, prepareGap('*', 'incomplete', detail));
  } else if (expected === null && proof.found > 0) {
    // What it left out and was known is found; what it left out and is new would be missing without a trace.
    const detail = `The list left out ${proof.found} resources that are there: others may be missing too, until it is read again.`;
    addGap(reading, prepareGap('*', 'incomplete', detail));
  }
  await flush(reading); // resources that a probe found are there, though the list did not show them
  return close(reading, reading.gaps > 0 ? 'partial' : 'complete', reading.gaps > 0 ? noProof : proof);
}

/** A first listing that ends early looks like a short one. Where the provider states no total, the next pass has to say the same. */
async function confirmFirst(reading: Reading): Promise<void> {
  if (!reading.isFirst || reading.expected !== null) return;
  const detail =
    'Read for the first time, and the provider does not say how many there are: the next reading confirms it.';
  addGap(reading, prepareGap('*', 'unconfirmed', detail));
  await flush(reading);
}

/**
 * What happened between the pass before and the oldest thing that the source still remembers is lost for good. The gap is not counted as one
 * of this pass: it reads all there is, and the next one goes on from it.
 */
async function noteForgotten(reading: Reading): Promise<void> {
  const { planned, sinceAt, startedAt, batcher } = reading;
  const { retention } = planned.stream.evidence;
  if (retention === undefined || sinceAt === null) return;
  const remembered = new Date(startedAt.getTime() - retention.days * 24 * 3_600_000);
  if (sinceAt >= remembered) return;
  const [from, to] = [sinceAt.toISOString(), remembered.toISOString()];
  const detail = `The source remembers ${retention.days} days, and the reading before this one began at ${from}. What happened from then to ${to} is lost for good.`;
  batcher.addGap(prepareGap(`since:${from}`, 'forgotten', detail));
  await flush(reading);
}

async function close(reading: Reading, status: 'complete' | 'partial', proof: Proof): Promise<StreamSummary> {
  const { session, streamId, planned, expected } = reading;
  const { gone, unproven } = proof;
  const counts = await session.sink.close(streamId, {
    status,
    gone,
    unproven,
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
