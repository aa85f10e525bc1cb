import { createHash } from 'node:crypto';

/** Unwrapped keys, kept for a bounded time and number; zeroed when they go. */
export interface KeyCache {
  /** A copy, which the caller owns; `unwrap` is asked once however many ask at the same time, and again after it failed. */
  get(at: readonly (string | Uint8Array)[], unwrap: () => Promise<Uint8Array>): Promise<Uint8Array>;
}

/** @param options.keepMs longest time in memory; milliseconds */
export function createKeyCache(options: { readonly keepMs: number; readonly most: number }): KeyCache {
  const kept = new Map<string, Promise<Uint8Array>>(); // the oldest first

  function drop(id: string, key: Promise<Uint8Array>): void {
    if (kept.get(id) === key) kept.delete(id);
    void key.then(
      (bytes) => bytes.fill(0),
      () => {}, // heard of by who asked
    );
  }

  function keep(id: string, key: Promise<Uint8Array>): Promise<Uint8Array> {
    const [oldest] = kept;
    if (oldest !== undefined && kept.size >= options.most) drop(...oldest);
    kept.set(id, key);
    key.catch(() => drop(id, key));
    setTimeout(drop, options.keepMs, id, key).unref();
    return key;
  }

  return {
    async get(at, unwrap) {
      const id = digestOf(at);
      return Uint8Array.from(await (kept.get(id) ?? keep(id, unwrap())));
    },
  };
}

function digestOf(at: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of at) hash.update(`${part.length}:`).update(part);
  return hash.digest('base64');
}
