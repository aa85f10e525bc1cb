import { closeRead } from './close.ts';
import { closeFailed, type Failure, judgeFailure, type Pending } from './failure.ts';
import { flush, type Reading, readAll, startReading } from './reading.ts';
import { openStream, type Planned, type Session, type StreamSummary } from './session.ts';

/** How one slice ended in this attempt; `pending` says why it is open still. */
export interface SliceEnd {
  readonly summary: StreamSummary;
  readonly pending: Pending | null;
}

/**
 * Reads one slice of one stream from its checkpoint to its close. Provider errors end only the slice, except those by which no other
 * can do better.
 * @throws the reason for which the whole attempt stopped
 */
export async function runSlice(session: Session, planned: Planned): Promise<SliceEnd> {
  const opened = await openStream(session.sink, planned);
  if (opened.state === 'closed') return { summary: summaryOf(planned, opened.status ?? 'failed'), pending: null };
  const reading = startReading(session, planned, opened);
  try {
    await readAll(reading);
    return { summary: await closeRead(reading), pending: null };
  } catch (error) {
    session.signal.throwIfAborted(); // the sink failed, or another stream ended the attempt: that reason comes first
    return await endBroken(reading, error);
  }
}

/** The end of a stream whose slices could not be listed: it is accounted for under slice ''. */
export async function endUnlisted(session: Session, stream: Planned['stream'], error: unknown): Promise<SliceEnd> {
  session.signal.throwIfAborted();
  const planned = { stream, slice: { id: '' } };
  const failure = judgeFailure(session, planned, error);
  if (failure.kind !== 'fail') return endOpen(session, planned, failure);
  const opened = await openStream(session.sink, planned);
  if (opened.state === 'closed') return { summary: summaryOf(planned, opened.status ?? 'failed'), pending: null };
  return { summary: await closeFailed(session, opened.id, planned, failure), pending: null };
}

async function endBroken(reading: Reading, error: unknown): Promise<SliceEnd> {
  const { session, planned, streamId } = reading;
  const failure = judgeFailure(session, planned, error);
  await flush(reading);
  if (failure.kind !== 'fail') return endOpen(session, planned, failure);
  return { summary: await closeFailed(session, streamId, planned, failure), pending: null };
}

function endOpen(session: Session, planned: Planned, failure: Exclude<Failure, { kind: 'fail' }>): SliceEnd {
  if (failure.kind === 'end_run') {
    session.stop(failure.error);
    throw failure.error;
  }
  const { code, message } = failure.error;
  return {
    summary: { ...summaryOf(planned, 'open'), error: { code, message } },
    pending: failure,
  };
}

function summaryOf({ stream, slice }: Planned, status: StreamSummary['status']): StreamSummary {
  return { type: stream.evidence.name, slice: slice.id, status, counts: null, error: null };
}
