import type { ClaimedRun, Health, Release } from '@evidence-fleet/db';
import type { Outcome } from '@evidence-fleet/engine';
import { backoff } from '@evidence-fleet/service';
import type { RunStopped } from './lease.ts';

/** Tries that may end in a retry, the last one included. */
const maxAttempts = 3;
const firstDelayMs = 5_000;
const longestDelayMs = 15 * 60_000;
/** After one of the fleet's own stores was away. */
const outagePauseMs = 2_000;

/** A claim that ended without a release or a committed batch counts as a crash; this many in a row put the run and its integration aside. */
export const maxCrashes = 5;

/** What an outcome makes of the run. Every outcome is here. */
export function releaseOf(outcome: Outcome, run: Pick<ClaimedRun, 'attempts'>, now: Date): Release {
  switch (outcome.kind) {
    case 'done':
      return { kind: 'end', state: outcome.state, error: null };
    case 'snooze':
      return { kind: 'wait', as: 'snooze', delayMs: delayUntil(outcome.until, now), costsAttempt: false, error: null };
    case 'reject':
      return { kind: 'end', state: 'failed', error: publicError(outcome.error) };
    case 'retry':
      return isLastAttempt(run)
        ? { kind: 'end', state: 'failed', error: publicError(outcome.error) }
        : {
            kind: 'wait',
            as: 'retry',
            delayMs: retryDelay(run, outcome.error.retryAt, now),
            costsAttempt: true,
            error: publicError(outcome.error),
          };
  }
  return outcome satisfies never;
}

/** What too many crashes in a row make of it: the fault is the fleet's, and nothing is said of the provider. */
export function releaseOfCrashes({ crashCount }: Pick<ClaimedRun, 'crashCount'>): Release {
  const message = `The run ended ${crashCount} workers without getting further and was put aside with its integration. Look at the workers' logs, then let it go on: fleet runs redrive.`;
  return { kind: 'end', state: 'failed', error: { code: 'crashed', message }, quarantine: true };
}

/** A run that is overdue never waits again, not even for the check: it ends with what earlier attempts have read. */
export function releaseOfOverdue(outcome: Outcome, hasRead: boolean): Release {
  const cause =
    outcome.kind === 'retry' || outcome.kind === 'reject' ? outcome.error.message : 'The provider throttles the fleet.';
  const code = outcome.kind === 'retry' || outcome.kind === 'reject' ? outcome.error.code : 'rate_limited';
  const message = `The sync waited longer than its interval and ended with what it had read. ${cause}`;
  return { kind: 'end', state: hasRead ? 'partial' : 'failed', error: { code, message } };
}

/** What a stop makes of it; null when the run is another worker's already. An outage of ours is nobody's failed attempt. */
export function releaseOfStop({ reason }: RunStopped): Release | null {
  switch (reason) {
    case 'cancelled':
      return { kind: 'end', state: 'cancelled', error: null };
    case 'shutdown':
      return { kind: 'wait', as: 'shutdown', delayMs: 0, costsAttempt: false, error: null };
    case 'away':
      return { kind: 'wait', as: 'snooze', delayMs: outagePauseMs, costsAttempt: false, error: null };
    case 'lost':
      return null;
  }
  return reason satisfies never;
}

/** What the integration's health is after an outcome; null: it says nothing about it, or a check has said it already. */
export function healthOf(outcome: Outcome): Health | null {
  switch (outcome.kind) {
    case 'done':
    case 'snooze':
      return null;
    case 'retry':
      return { status: 'degraded', ...publicError(outcome.error) };
    case 'reject':
      return { status: 'error', ...publicError(outcome.error) };
  }
  return outcome satisfies never;
}

export function isLastAttempt(run: Pick<ClaimedRun, 'attempts'>): boolean {
  return run.attempts + 1 >= maxAttempts;
}

function retryDelay({ attempts }: Pick<ClaimedRun, 'attempts'>, notBefore: Date | undefined, now: Date): number {
  const delayMs =
    firstDelayMs * 2 ** attempts + backoff({ attempt: attempts + 1, baseMs: firstDelayMs, maxMs: longestDelayMs });
  return Math.max(Math.min(delayMs, longestDelayMs), notBefore === undefined ? 0 : delayUntil(notBefore, now));
}

/** Both are of this worker's clock, whatever it shows: the difference is right. */
function delayUntil(until: Date, now: Date): number {
  return Math.max(0, until.getTime() - now.getTime());
}

function publicError({ code, message }: { code: string; message: string }): { code: string; message: string } {
  return { code, message };
}
