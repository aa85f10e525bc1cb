/** A documented quota: `requests` per `perMs` over a sliding window, `burst` at most at once. Units: calls, milliseconds. */
export interface QuotaLimit {
  readonly name: string;
  readonly requests: number;
  readonly perMs: number;
  readonly burst?: number;
}

/**
 * A limit as the fleet spends it: `burst` calls at once, then one every `intervalMs`; no window has turns for more than `calls`. A call that
 * begins more than `toleranceMs` after its turn may meet so many others that the documented limit is passed.
 */
export interface Budget {
  readonly calls: number;
  readonly burst: number;
  readonly intervalMs: number;
  readonly toleranceMs: number;
}

/** From this window on, a quota is spent in bursts (a sync now and then). */
const longWindowMs = 10 * 60_000;
/** Below this one at its rate alone: a burst is paid for by a lower rate, and saves no more than the wait for a window. */
const shortWindowMs = 10_000;

/**
 * The fleet's share of a limit, such that a window and a margin have turns for `calls = floor(requests × share)` at most: a token bucket of that
 * size emits at most `burst - 1 + ceil(time / intervalMs)` in any time. At least one call a window, whatever the share.
 * @param share of the documented limit that the fleet may use, 0 to 1; the rest is the customer's
 */
export function budgetOf(limit: QuotaLimit, share: number): Budget {
  const { requests, perMs } = limit;
  const calls = Math.max(1, Math.floor(requests * share));
  const burst = burstOf(limit, calls, share);
  const marginMs = marginOf(perMs);
  const intervalMs = (perMs + marginMs) / (calls - burst + 1);
  const untilTooManyMs = (requests - burst + 1) * intervalMs - perMs;
  return { calls, burst, intervalMs, toleranceMs: untilTooManyMs - marginMs / 2 };
}

/** Calls reach the provider closer together than their turns are: half of it is for those that begin late, half for the way. */
function marginOf(perMs: number): number {
  return Math.min(perMs * 0.025, 1_000);
}

function burstOf({ perMs, burst }: QuotaLimit, calls: number, share: number): number {
  if (burst === undefined && perMs < shortWindowMs) return 1;
  const wanted = burst === undefined ? calls * (perMs >= longWindowMs ? 0.5 : 0.2) : burst * share;
  return Math.max(1, Math.floor(Math.min(wanted, calls / 2)));
}
