/**
 * How long to wait before a retry, in whole milliseconds: exponential with full jitter, between 0 and min(maxMs, baseMs * 2^(attempt - 1)).
 * Full jitter spreads a herd best: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @param options.attempt 1 for the first retry
 * @param options.random a number in [0, 1)
 */
export function backoff(options: { attempt: number; baseMs: number; maxMs: number; random?: () => number }): number {
  const { attempt, baseMs, maxMs, random = Math.random } = options;
  const ceilingMs = Math.min(maxMs, baseMs * 2 ** Math.max(0, attempt - 1));
  return Math.floor(random() * (ceilingMs + 1));
}
