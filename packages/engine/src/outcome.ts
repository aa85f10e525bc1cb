import type { ConnectorError, ConnectorErrorCode, GapReason } from '@evidence-fleet/connector-sdk';

/** How a job ends: data, not an exception. The worker turns it into the run's next state. */
export type Outcome =
  | { readonly kind: 'done'; readonly state: 'succeeded' | 'partial' | 'failed' }
  /** Not before `until`; costs no attempt. */
  | { readonly kind: 'snooze'; readonly until: Date }
  /** Again with backoff; costs an attempt. Not before `error.retryAt`, if there is one. */
  | { readonly kind: 'retry'; readonly error: ConnectorError }
  /** Trying again cannot help: somebody has to act first. */
  | { readonly kind: 'reject'; readonly error: ConnectorError };

/** When the provider throttled and did not say for how long. Milliseconds. */
export const defaultSnoozeMs = 60_000;

/** What follows from an error before anything was read: in `connect` or `check`. */
const runTable = {
  authentication_failed: 'reject',
  permission_denied: 'reject',
  not_found: 'reject',
  configuration_error: 'reject',
  rate_limited: 'snooze',
  service_unavailable: 'retry',
  timeout: 'retry',
  malformed: 'retry',
} as const satisfies Record<ConnectorErrorCode, 'reject' | 'snooze' | 'retry'>;

/** The outcome of a run whose `connect` or `check` failed. */
export function outcomeOf(error: ConnectorError, now: Date): Outcome {
  switch (runTable[error.code]) {
    case 'reject':
      return { kind: 'reject', error };
    case 'snooze':
      return { kind: 'snooze', until: snoozeUntil(error, now) };
    case 'retry':
      return { kind: 'retry', error };
  }
}

export function snoozeUntil(error: ConnectorError, now: Date): Date {
  return error.retryAt ?? new Date(now.getTime() + defaultSnoozeMs);
}

/**
 * What follows from an error inside one stream.
 * - `end_run`: no other stream can do better.
 * - `wait`, `retry`: the stream stays open and goes on at its checkpoint in a later attempt; others go on now.
 * - `fail`: the stream closes as failed under a gap of the given reason; others go on.
 */
export type StreamConsequence =
  | { readonly kind: 'end_run' | 'wait' | 'retry' }
  | { readonly kind: 'fail'; readonly reason: GapReason };

export const streamTable = {
  authentication_failed: { kind: 'end_run' },
  configuration_error: { kind: 'end_run' },
  rate_limited: { kind: 'wait' },
  service_unavailable: { kind: 'retry' },
  timeout: { kind: 'retry' },
  permission_denied: { kind: 'fail', reason: 'permission_denied' },
  not_found: { kind: 'fail', reason: 'not_found' },
  malformed: { kind: 'fail', reason: 'malformed' },
} as const satisfies Record<ConnectorErrorCode, StreamConsequence>;
