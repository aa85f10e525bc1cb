/**
 * Runs a task under several signals and a deadline. The task's signal aborts with the reason of the first of them, and so does
 * the promise, at once, whether or not the task listens.
 */
export async function withDeadline<T>(
  options: { signals: readonly (AbortSignal | undefined)[]; timeoutMs: number; late: () => Error },
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(options.late()), options.timeoutMs);
  const signals = options.signals.filter((signal) => signal !== undefined);
  const forward = () => controller.abort(signals.find(({ aborted }) => aborted)?.reason);
  for (const signal of signals) signal.addEventListener('abort', forward, { once: true });
  try {
    if (signals.some(({ aborted }) => aborted)) forward();
    controller.signal.throwIfAborted();
    return await orAborted(task(controller.signal), controller.signal);
  } finally {
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener('abort', forward);
  }
}

/** The promise's value, or the signal's reason as soon as it aborts. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Sleeps; throws the signal's reason as soon as it aborts. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  try {
    await orAborted(promise, signal);
  } finally {
    clearTimeout(timer);
  }
}
