import { Checkpoint, Expected, Gap, type StreamContext } from '@evidence-fleet/connector-sdk';
import type { OpenedStream } from '../ports.ts';
import { type Batcher, createBatcher } from '../row/batcher.ts';
import { escapeText, unescapeText } from '../row/escape.ts';
import { createPreparer, type Preparer } from '../row/prepare.ts';
import { createPull } from './pull.ts';
import type { Planned, Session } from './session.ts';
import { turn } from './turn.ts';

/** A slice while it is being read. */
export interface Reading {
  readonly session: Session;
  readonly planned: Planned;
  readonly streamId: string;
  readonly context: StreamContext;
  readonly preparer: Preparer;
  readonly batcher: Batcher;
  /** Gaps of this stream run, those that earlier attempts committed included. */
  gaps: number;
  /** The total that the provider promised for this slice. */
  expected: number | null;
  /** No earlier run has read this slice to its end. */
  readonly isFirst: boolean;
  /** The batch that is being committed; it never rejects unheard, because the next one waits for it. */
  committing: Promise<void>;
  /** Calls of the attempt when this slice was last committed: those since would be made again after a crash. */
  committedCalls: number;
  /** When this attempt began to read, and when the pass it goes on from did. */
  readonly startedAt: Date;
  readonly sinceAt: Date | null;
}

export function startReading(session: Session, planned: Planned, opened: OpenedStream): Reading {
  const { evidence } = planned.stream;
  const isSnapshot = evidence.mode === 'snapshot';
  const since = isSnapshot ? null : opened.since;
  return {
    session,
    planned,
    streamId: opened.id,
    context: {
      slice: planned.slice,
      since: since === null ? undefined : unescapeText(since),
      resume: opened.checkpoint === null ? undefined : unescapeText(opened.checkpoint),
      signal: session.signal,
    },
    preparer: createPreparer(evidence, { hmacKey: session.hmacKey }),
    batcher: createBatcher(session.batchLimits, {
      watermark: isSnapshot ? null : (opened.watermark ?? since),
      watermarkIsNew: opened.watermark === null && since !== null,
    }),
    gaps: opened.gaps,
    expected: opened.expected,
    isFirst: opened.isFirst,
    committing: Promise.resolve(),
    committedCalls: callsOf(session),
    startedAt: session.now(),
    sinceAt: opened.sinceAt,
  };
}

/** Reads the stream to its end. While the sink takes one batch the next is read, and no more than that. */
export async function readAll(reading: Reading): Promise<void> {
  const { session, planned, context, batcher } = reading;
  const pull = createPull<unknown>(planned.stream.collect(session.client, context), session.signal);
  let turnedAt = performance.now();
  try {
    for (;;) {
      const pulled = await pull.next();
      if (performance.now() - turnedAt > longestTurnMs) {
        await turn();
        turnedAt = performance.now();
      }
      if (pulled.kind === 'end') break;
      if (pulled.kind === 'item') accept(reading, pulled.value);
      const isDue = pulled.kind === 'due' || batcher.isFull;
      if (isDue || (pulled.kind === 'item' && pulled.value instanceof Checkpoint && isMuchAtStake(reading))) {
        pull.clearAlarm();
        await send(reading);
      } else pull.setAlarm(session.batchLimits.ageMs);
    }
  } finally {
    pull.close();
    await Promise.allSettled([reading.committing]);
  }
  await flush(reading);
}

/** A page of rows is prepared without a pause of its own: so soon the sockets of the batch under way, heartbeats and other runs have their turn. */
const longestTurnMs = 2;

/** Sorts one item into the batch: a row, a gap, a checkpoint or a promised total. */
function accept(reading: Reading, item: unknown): void {
  const { batcher } = reading;
  if (item instanceof Checkpoint) batcher.setCheckpoint(escapeText(item.token));
  else if (item instanceof Gap) addGap(reading, reading.preparer.prepareGap(item));
  else if (item instanceof Expected) {
    reading.expected = item.total;
    batcher.setExpected(item.total);
  } else acceptRow(reading, item);
}

function acceptRow(reading: Reading, item: unknown): void {
  const prepared = reading.preparer.prepare(item);
  const isSnapshot = reading.planned.stream.evidence.mode === 'snapshot';
  if (prepared.kind === 'gap') addGap(reading, prepared.gap);
  else reading.batcher.addRow(prepared.row, isSnapshot ? null : prepared.cursor);
}

export function addGap(reading: Reading, gap: Parameters<Batcher['addGap']>[0]): void {
  reading.gaps += 1;
  reading.batcher.addGap(gap);
}

/** Commits what is in the batch, if anything, and everything before it. */
export async function flush(reading: Reading): Promise<void> {
  await send(reading);
  await reading.committing;
}

/** Begins to commit what is in the batch, if anything, as soon as the batch before it is stored. */
async function send(reading: Reading): Promise<void> {
  await reading.committing;
  const { session, streamId, batcher } = reading;
  if (batcher.isEmpty) return;
  reading.committedCalls = callsOf(session);
  reading.committing = session.sink.commit(streamId, batcher.take(session.calls()));
  reading.committing.catch(() => {});
}

/** Where a row costs calls of its own, a checkpoint is worth a commit long before the batch is full. */
const mostCallsAtStake = 8;

function isMuchAtStake({ session, committedCalls }: Reading): boolean {
  return callsOf(session) - committedCalls >= mostCallsAtStake;
}

/** Of all slices together: a cheap measure, and never too small. */
function callsOf(session: Session): number {
  return session.calls().reduce((sum, { calls }) => sum + calls, 0);
}
