const waiting: (() => void)[] = [];

/**
 * Lets the event loop serve sockets and timers, and then goes on: one waiter a turn of the loop, however many runs prepare rows at once, so
 * that none of them holds up heartbeats.
 */
export function turn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  waiting.push(resolve);
  if (waiting.length === 1) setImmediate(next);
  return promise;
}

function next(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(next);
}
