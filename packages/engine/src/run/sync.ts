import { type Checked, type Connector, ConnectorError, type Logger, type Runtime } from '@evidence-fleet/connector-sdk';
import { orAborted } from '../guard/deadline.ts';
import type { Meter } from '../guard/meter.ts';
import { type Observer, silentObserver } from '../observer.ts';
import { type Outcome, outcomeOf, snoozeUntil } from '../outcome.ts';
import type { Sink } from '../ports.ts';
import { type BatchLimits, defaultBatchLimits } from '../row/batcher.ts';
import { createGate, settleAll } from './concurrency.ts';
import { finishUnread } from './failure.ts';
import { guardSink, type Planned, type Session, type StreamSummary } from './session.ts';
import { endUnlisted, runSlice, type SliceEnd } from './slice.ts';

export interface SyncOptions {
  readonly connector: Connector;
  /** Parsed by the connector's schema of that auth kind. */
  readonly credentials: { readonly kind: string; readonly [secret: string]: unknown };
  /** Parsed by the connector's settings schema. */
  readonly settings: { readonly [field: string]: unknown };
  /** Evidence types to read; null: all of the connector's. */
  readonly types?: readonly string[] | null;
  readonly sink: Sink;
  readonly runtime: Runtime;
  /** Counts the calls made through `runtime`. */
  readonly meter: Meter;
  /** The organization's key for `hmac` redactions. */
  readonly hmacKey: Uint8Array;
  /** Aborts the attempt: what was committed stays, nothing is written afterwards. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Nobody hears without it. */
  readonly observer?: Observer;
  readonly now: () => Date;
  /** Called before anything is read: pins the account, sets the quota scope. A ConnectorError here rejects the run. */
  readonly onChecked: (checked: Checked) => Promise<void> | void;
  /** No retry will follow: what cannot be read now closes as failed, under a gap `unread`. */
  readonly lastAttempt: boolean;
  /** false: the run has waited long enough for its quota, and what is throttled closes as failed too. */
  readonly mayWait?: boolean;
  /** Slices read at once. */
  readonly streamConcurrency?: number;
  /** Missing resources asked for at once, and at most, per slice. */
  readonly probeConcurrency?: number;
  readonly probeLimit?: number;
  readonly batchLimits?: BatchLimits;
}

export interface RunResult {
  readonly outcome: Outcome;
  readonly streams: readonly StreamSummary[];
  /** null when the run ended before the provider had told who we are. */
  readonly checked: Checked | null;
}

/**
 * One attempt at a run: connects, checks, reads every stream and closes what was read to its end.
 * @throws FenceLostError when another worker has the run, the signal's reason when that aborts, and any failure of the sink
 */
export async function runSync(options: SyncOptions): Promise<RunResult> {
  const { connector, signal } = options;
  let checked: Checked | null = null;
  try {
    const streams = chooseStreams(connector, options.types ?? null);
    const client: Session['client'] = await orAborted(connect(options), signal);
    checked = await orAborted(connector.check(client), signal);
    await options.onChecked(checked);
    return { ...(await readStreams(options, client, streams)), checked };
  } catch (error) {
    if (signal.aborted || !(error instanceof ConnectorError)) throw error;
    return { outcome: outcomeOf(error, options.now()), streams: [], checked };
  }
}

async function connect({ connector, credentials, settings, runtime }: SyncOptions): Promise<Session['client']> {
  return connector.connect({ credentials, settings }, runtime);
}

function chooseStreams(connector: Connector, types: readonly string[] | null): Connector['streams'] {
  if (types === null) return connector.streams;
  const known = connector.streams.map(({ evidence }) => evidence.name);
  const unknown = types.filter((type) => !known.includes(type));
  if (unknown.length > 0) {
    const message = `${connector.title} has no evidence type ${unknown.join(', ')}. It has ${known.join(', ')}.`;
    throw new ConnectorError('configuration_error', message);
  }
  return connector.streams.filter(({ evidence }) => types.includes(evidence.name));
}

async function readStreams(
  options: SyncOptions,
  client: Session['client'],
  streams: Connector['streams'],
): Promise<Pick<RunResult, 'outcome' | 'streams'>> {
  const session = createSession(options, client);
  const planned: Planned[] = [];
  try {
    const ends = (await settleAll(streams.map((stream) => readStream(session, stream, planned)))).flat();
    return { outcome: outcomeOfEnds(ends, options.now()), streams: ends.map(({ summary }) => summary) };
  } catch (error) {
    const reason: unknown = session.signal.aborted ? session.signal.reason : error;
    if (options.signal.aborted || !(reason instanceof ConnectorError)) throw reason;
    const summaries = await finishUnread({ ...session, sink: options.sink, signal: options.signal }, planned, reason);
    return { outcome: { kind: 'reject', error: reason }, streams: summaries };
  }
}

function createSession(options: SyncOptions, client: Session['client']): Session {
  const stopped = new AbortController();
  const stop = (reason: unknown) => stopped.abort(reason);
  const signal = AbortSignal.any([options.signal, stopped.signal]);
  return {
    client,
    sink: guardSink(options.sink, signal, stop),
    hmacKey: options.hmacKey,
    signal,
    stop,
    calls: () => options.meter.snapshot(),
    now: options.now,
    log: options.log,
    observer: options.observer ?? silentObserver,
    streams: createGate(options.streamConcurrency ?? 4),
    batchLimits: options.batchLimits ?? defaultBatchLimits,
    probeLimit: options.probeLimit ?? 1_000,
    probeConcurrency: options.probeConcurrency ?? 8,
    lastAttempt: options.lastAttempt,
    mayWait: options.mayWait ?? true,
  };
}

/** Lists the slices of one stream and reads each; adds them to `planned` as soon as they are known. */
async function readStream(session: Session, stream: Planned['stream'], planned: Planned[]): Promise<SliceEnd[]> {
  let slices: readonly Planned['slice'][] = [{ id: '' }];
  try {
    const list = stream.slices?.bind(stream);
    if (list) slices = await session.streams(() => orAborted(list(session.client), session.signal));
  } catch (error) {
    return [await session.streams(() => endUnlisted(session, stream, error))];
  }
  const own = [...new Map(slices.map((slice) => [slice.id, { stream, slice }])).values()];
  planned.push(...own);
  const read = (one: Planned) => session.observer.stream(stream.evidence.name, () => runSlice(session, one));
  const ends = await settleAll(own.map((one) => session.streams(() => read(one))));
  await session.sink.closeSlices(
    stream.evidence.name,
    own.map(({ slice }) => slice.id),
  );
  return ends;
}

/** A wait costs no attempt, so it goes before a retry; what is not throttled is tried again after it. */
function outcomeOfEnds(ends: readonly SliceEnd[], now: Date): Outcome {
  const pending = ends.flatMap((end) => end.pending ?? []);
  const waits = pending.filter(({ kind }) => kind === 'wait').map(({ error }) => snoozeUntil(error, now).getTime());
  if (waits.length > 0) return { kind: 'snooze', until: new Date(Math.max(...waits)) };
  const [first] = pending;
  if (first) return { kind: 'retry', error: first.error };
  const statuses = ends.map(({ summary }) => summary.status);
  if (statuses.every((status) => status === 'complete')) return { kind: 'done', state: 'succeeded' };
  return { kind: 'done', state: statuses.every((status) => status === 'failed') ? 'failed' : 'partial' };
}
