import type { Connector, ConnectorErrorCode, Logger, Slice, Stream } from '@evidence-fleet/connector-sdk';
import type { Observer } from '../observer.ts';
import type { CallTotal, CloseStream, OpenedStream, Sink, StreamCounts } from '../ports.ts';
import type { BatchLimits } from '../row/batcher.ts';
import type { Gate } from './concurrency.ts';

/** What all streams of one attempt share. */
export interface Session {
  readonly client: Parameters<Connector['check']>[0];
  /** Refuses every write once the attempt has stopped. */
  readonly sink: Sink;
  readonly hmacKey: Uint8Array;
  /** Aborts when the worker says so, when another worker has the run, and when one stream found that no other can do better. */
  readonly signal: AbortSignal;
  /** Ends the attempt; the first reason counts. */
  stop(reason: unknown): void;
  calls(): readonly CallTotal[];
  now(): Date;
  readonly log: Logger;
  readonly observer: Observer;
  readonly streams: Gate;
  readonly batchLimits: BatchLimits;
  readonly probeLimit: number;
  readonly probeConcurrency: number;
  readonly lastAttempt: boolean;
  readonly mayWait: boolean;
}

/** One slice of one stream, to be read on its own. */
export interface Planned {
  readonly stream: Stream<Session['client']>;
  readonly slice: Slice;
}

export interface StreamSummary {
  readonly type: string;
  readonly slice: string;
  /** `open`: to be gone on with in a later attempt. */
  readonly status: CloseStream['status'] | 'open';
  /** null when the stream is open, or was closed by an earlier attempt. */
  readonly counts: StreamCounts | null;
  readonly error: { readonly code: ConnectorErrorCode | 'internal'; readonly message: string } | null;
}

export function openStream(sink: Sink, { stream, slice }: Planned): Promise<OpenedStream> {
  const { name, mode, version } = stream.evidence;
  return sink.open({ type: name, mode, typeVersion: version, slice: slice.id });
}

/** A sink that writes nothing after `signal` aborted, and that ends the attempt when it fails: without it nothing can be kept. */
export function guardSink(sink: Sink, signal: AbortSignal, stop: (reason: unknown) => void): Sink {
  async function guarded<T>(write: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    try {
      return await write();
    } catch (error) {
      stop(error);
      throw error;
    }
  }
  return {
    open: (stream) => guarded(() => sink.open(stream)),
    commit: (streamId, batch) => guarded(() => sink.commit(streamId, batch)),
    absence: (streamId) => guarded(() => sink.absence(streamId)),
    close: (streamId, close) => guarded(() => sink.close(streamId, close)),
    closeSlices: (type, slices) => guarded(() => sink.closeSlices(type, slices)),
  };
}
