import { ConnectorError, type GapReason } from '@evidence-fleet/connector-sdk';
import { type StreamConsequence, streamTable } from '../outcome.ts';
import type { CloseStream } from '../ports.ts';
import { prepareGap } from '../row/prepared-gap.ts';
import { openStream, type Planned, type Session, type StreamSummary } from './session.ts';

type StreamError = NonNullable<CloseStream['error']>;

/** The stream stays open for a later attempt. */
export interface Pending {
  readonly kind: 'wait' | 'retry';
  readonly error: ConnectorError;
}

/** What becomes of a stream that broke off. */
export type Failure =
  | { readonly kind: 'end_run'; readonly error: ConnectorError }
  | Pending
  | { readonly kind: 'fail'; readonly reason: GapReason; readonly detail: string; readonly error: StreamError };

/** Judges an error by the table; where no later attempt will come, what would have waited fails instead. */
export function judgeFailure(session: Session, { stream, slice }: Planned, error: unknown): Failure {
  const type = stream.evidence.name;
  if (!(error instanceof ConnectorError)) {
    session.log.warn({ type, slice: slice.id, err: error }, 'stream.defect');
    const message = 'Reading broke off by a defect of this connector; the log of the run has the cause.';
    return unread({ code: 'internal', message });
  }
  session.log.warn({ type, slice: slice.id, code: error.code, providerCode: error.providerCode }, 'stream.broke_off');
  const consequence: StreamConsequence = streamTable[error.code];
  switch (consequence.kind) {
    case 'fail':
      return { kind: 'fail', reason: consequence.reason, detail: error.message, error: publicError(error) };
    case 'end_run':
      return { kind: 'end_run', error };
    case 'wait':
      return session.mayWait ? { kind: 'wait', error } : unread(publicError(error));
    case 'retry':
      return session.lastAttempt ? unread(publicError(error)) : { kind: 'retry', error };
  }
}

/** Closes a stream run as failed, under one gap for all of it. */
export async function closeFailed(
  session: Pick<Session, 'sink' | 'calls'>,
  streamId: string,
  planned: Planned,
  failure: Extract<Failure, { kind: 'fail' }>,
): Promise<StreamSummary> {
  const { sink, calls } = session;
  await sink.commit(streamId, {
    rows: [],
    gaps: [prepareGap('*', failure.reason, failure.detail)],
    checkpoint: null,
    watermark: null,
    expected: null,
    calls: calls(),
  });
  const counts = await sink.close(streamId, {
    status: 'failed',
    gone: [],
    unproven: [],
    error: failure.error,
    expected: null,
    calls: calls(),
  });
  const { stream, slice } = planned;
  return { type: stream.evidence.name, slice: slice.id, status: 'failed', counts, error: failure.error };
}

/**
 * The end of a run that cannot go on: each slice that is not closed yet is closed as failed under a gap `unread`, so that no later
 * reader takes an unfinished pass for a fresh one. Takes the sink and the signal of the worker: the attempt's own refuse by now.
 */
export async function finishUnread(
  session: Pick<Session, 'sink' | 'calls' | 'signal'>,
  planned: readonly Planned[],
  error: ConnectorError,
): Promise<StreamSummary[]> {
  const summaries: StreamSummary[] = [];
  for (const one of planned) {
    session.signal.throwIfAborted();
    const opened = await openStream(session.sink, one);
    const { stream, slice } = one;
    summaries.push(
      opened.state === 'closed'
        ? { type: stream.evidence.name, slice: slice.id, status: opened.status ?? 'failed', counts: null, error: null }
        : await closeFailed(session, opened.id, one, unread(publicError(error))),
    );
  }
  return summaries;
}

function unread(error: StreamError): Extract<Failure, { kind: 'fail' }> {
  return { kind: 'fail', reason: 'unread', detail: `Not read to its end. ${error.message}`, error };
}

function publicError(error: ConnectorError): StreamError {
  return { code: error.code, message: error.message };
}
