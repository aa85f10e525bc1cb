// Node's timers fire at once when asked for more: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
const longestTimerMs = 2 ** 31 - 1;

/**
 * Resolves after `ms` milliseconds (any length; 0 or less: at the next turn of the loop).
 * @throws the signal's reason as soon as it aborts
 */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  let remainingMs = ms;
  do {
    const turnMs = Math.min(remainingMs, longestTimerMs);
    await oneTimer(turnMs, signal);
    remainingMs -= turnMs;
  } while (remainingMs > 0);
}

function oneTimer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
