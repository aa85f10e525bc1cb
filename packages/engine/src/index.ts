export type { NetworkPolicy } from './guard/addresses.ts';
export type { Meter } from './guard/meter.ts';
export { createPoster, type Post, type Poster } from './guard/post.ts';
export { createRuntime, type GuardedRuntime, type RuntimeLimits, type RuntimeOptions } from './guard/runtime.ts';
export type { CallCounts, Observer } from './observer.ts';
export { defaultSnoozeMs, type Outcome, outcomeOf } from './outcome.ts';
export {
  type Absence,
  type Batch,
  type CallTotal,
  type CloseStream,
  FenceLostError,
  type Json,
  type JsonObject,
  type Missing,
  type OpenedStream,
  type PreparedGap,
  type PreparedRow,
  type Quota,
  type QuotaTurn,
  type Sink,
  type StreamCounts,
} from './ports.ts';
export { type BatchLimits, defaultBatchLimits } from './row/batcher.ts';
export { canonicalJson, sha256 } from './row/canonical.ts';
export { escapeText, unescapeJson, unescapeText } from './row/escape.ts';
export { createPreparer, maxRowBytes, type Prepared, type Preparer } from './row/prepare.ts';
export type { StreamSummary } from './run/session.ts';
export { type RunResult, runSync, type SyncOptions } from './run/sync.ts';
