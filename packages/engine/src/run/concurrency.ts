/** Runs a task when one of its places is free; first come, first served. */
export type Gate = <T>(task: () => Promise<T>) => Promise<T>;

export function createGate(places: number): Gate {
  const queue: (() => void)[] = [];
  let free = places;
  return async (task) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      return await task();
    } finally {
      const next = queue.shift();
      if (next) next();
      else free += 1;
    }
  };
}

/** All results, once every task has come to its end; the first failure only then, so that nothing goes on behind it. */
export async function settleAll<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(tasks);
  const results: T[] = [];
  for (const result of settled) {
    if (result.status === 'rejected') throw result.reason;
    results.push(result.value);
  }
  return results;
}
