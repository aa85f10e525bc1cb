import { backoff, type Logger, sleep } from '@evidence-fleet/service';
import type { Concern } from './concerns.ts';

/** Short, so that the fleet goes on within seconds once Postgres and Redis are back. */
const longestBackoffMs = 5_000;

/** Workers that take jobs faster than a window an interval do not wait for the next one. */
const busyMs = 20;

export interface RepeatOptions {
  readonly name: string;
  readonly work: Concern;
  /** Between the end of one look and the next; after one that did as much as it had room for, 20 ms. */
  readonly everyMs: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
  onFailure(): void;
}

/**
 * Looks again and again until the signal aborts; looks never overlap. A failing one is tried again with backoff, and the log hears of its
 * first and its last failure in a row.
 */
export async function repeat(options: RepeatOptions): Promise<void> {
  const { name, work, everyMs, signal, log, onFailure } = options;
  let failures = 0;
  while (!signal.aborted) {
    let pauseMs = everyMs;
    try {
      const hasMore = await work(signal);
      pauseMs = hasMore ? Math.min(everyMs, busyMs) : everyMs;
      if (failures > 0) log.info({ concern: name, failures }, 'scheduler.recovered');
      failures = 0;
    } catch (err) {
      failures++;
      onFailure();
      log[failures === 1 ? 'warn' : 'debug']({ concern: name, err }, 'scheduler.failing');
    }
    if (failures > 0) pauseMs += backoff({ attempt: failures, baseMs: everyMs, maxMs: longestBackoffMs });
    await sleepUnlessAborted(pauseMs, signal);
  }
}

async function sleepUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
