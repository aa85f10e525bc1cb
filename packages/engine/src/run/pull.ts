type Pulled<T> = { readonly kind: 'item'; readonly value: T } | { readonly kind: 'end' } | { readonly kind: 'due' };

/** An async iterable, asked for one item at a time and only when wanted; waiting for it can be interrupted without losing the item. */
export interface Pull<T> {
  /** The next item, the end, or `due` if the alarm rings first. Rejects with the signal's reason as soon as that aborts. */
  next(): Promise<Pulled<T>>;
  /** One alarm, `ms` milliseconds from now, unless it is set already. */
  setAlarm(ms: number): void;
  clearAlarm(): void;
  /** Ends the iteration; does not wait for a provider's late answer. */
  close(): void;
}

export function createPull<T>(iterable: AsyncIterable<T>, signal: AbortSignal): Pull<T> {
  const iterator = iterable[Symbol.asyncIterator]();
  let pending: Promise<IteratorResult<T>> | undefined;
  let alarm: NodeJS.Timeout | undefined;
  let rung = false;
  // One waiter at a time and no Promise.race over long-lived promises: those would keep every item's reaction until the run ends.
  let wake: ((turn: 'due' | 'aborted') => void) | undefined;
  const abort = () => wake?.('aborted');
  signal.addEventListener('abort', abort, { once: true });

  async function next(): Promise<Pulled<T>> {
    signal.throwIfAborted();
    pending ??= iterator.next();
    const asked = pending;
    const turn = await new Promise<IteratorResult<T> | 'due' | 'aborted'>((resolve, reject) => {
      wake = resolve;
      asked.then(resolve, reject);
      // Both may have happened while the iterator ran, before there was anybody to wake.
      if (signal.aborted) resolve('aborted');
      else if (rung) resolve('due');
    });
    wake = undefined;
    if (turn === 'aborted') throw signal.reason;
    if (turn === 'due') return { kind: 'due' };
    pending = undefined;
    return turn.done === true ? { kind: 'end' } : { kind: 'item', value: turn.value };
  }

  return {
    next,
    setAlarm(ms) {
      alarm ??= setTimeout(() => {
        rung = true;
        wake?.('due');
      }, ms);
    },
    clearAlarm() {
      clearTimeout(alarm);
      alarm = undefined;
      rung = false;
    },
    close() {
      clearTimeout(alarm);
      signal.removeEventListener('abort', abort);
      // Either may fail late, after the stream's end was decided: there is nobody left to tell.
      pending?.catch(() => {});
      iterator.return?.().catch(() => {});
    },
  };
}
