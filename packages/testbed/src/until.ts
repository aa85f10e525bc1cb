import { setTimeout as sleep } from 'node:timers/promises';

/** Rejects when `work` takes longer; what it does afterwards is nobody's business. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  work.catch(() => {}); // its failure after the deadline is not unhandled
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/**
 * Asks again and again until the answer is neither false nor nullish, and returns it. Throws when that takes longer than `ms`. Where asking
 * takes long, as on a busy machine, it asks less often: most of the time is left to what it waits for.
 * @param what the condition in words, for the message
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  { ms = 20_000, everyMs = 40 } = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + ms;
  for (;;) {
    const begun = performance.now();
    const answer = await condition();
    const tookMs = performance.now() - begun;
    if (answer !== false && answer !== null && answer !== undefined)
      return answer as Exclude<T, false | null | undefined>; // just compared
    if (performance.now() > deadline) throw new Error(`waited ${ms} ms in vain until ${what}`);
    await sleep(Math.max(everyMs, 3 * tookMs));
  }
}
