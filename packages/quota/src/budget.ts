/** A documented quota: `requests` per `perMs` over a sliding window, `burst` at most at once. Units: calls, milliseconds. */
export interface QuotaLimit {
  readonly name: string;
  readonly requests: number;
  readonly perMs: number;
  readonly burst?: number;
}

/** A limit as the fleet spends it: `burst` calls at once, then one every `intervalMs`; never more than `calls` in any window. */
export interface Budget {
  readonly calls: number;
  readonly burst: number;
  readonly intervalMs: number;
}

/** From this window on, a quota is spent in bursts (a sync now and then) rather than at its rate. */
const longWindowMs = 10 * 60_000;

/**
 * The fleet's share of a limit, such that `burst + perMs / intervalMs <= calls = floor(requests × share)`: what a token
 * bucket of that size can emit in any sliding window. At least one call a window, whatever the share.
 * @param share of the documented limit that the fleet may use, 0 to 1; the rest is the customer's
 */
export function budgetOf(limit: QuotaLimit, share: number): Budget {
  const calls = Math.max(1, Math.floor(limit.requests * share));
  const fraction = limit.perMs >= longWindowMs ? 0.5 : 0.2;
  const wanted = limit.burst === undefined ? calls * fraction : limit.burst * share;
  const burst = Math.max(1, Math.floor(Math.min(wanted, calls / 2)));
  return { calls, burst, intervalMs: limit.perMs / Math.max(1, calls - burst) };
}
