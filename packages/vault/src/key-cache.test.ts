import { describe, expect, it } from '@jest/globals';
import { createKeyCache } from './key-cache.ts';

const bytes = (value: number) => Uint8Array.from({ length: 32 }, () => value);

describe('the cache of unwrapped keys', () => {
  function counted(value = 7) {
    const made: Uint8Array[] = [];
    return {
      made,
      unwrap: async () => {
        const key = bytes(value);
        made.push(key);
        return key;
      },
    };
  }

  it('asks once, however many ask, and hands out copies', async () => {
    const cache = createKeyCache({ keepMs: 60_000, most: 10 });
    const { made, unwrap } = counted();
    const [one, two] = await Promise.all([cache.get(['a', bytes(1)], unwrap), cache.get(['a', bytes(1)], unwrap)]);
    one?.fill(0);
    expect(two).toEqual(bytes(7));
    expect(await cache.get(['a', bytes(1)], unwrap)).toEqual(bytes(7));
    expect(made).toHaveLength(1);
    await cache.get(['a', bytes(2)], unwrap);
    await cache.get(['ab'], unwrap);
    expect(made).toHaveLength(3);
  });

  it('forgets and zeroes a key when its time is over', async () => {
    const cache = createKeyCache({ keepMs: 20, most: 10 });
    const { made, unwrap } = counted();
    await cache.get(['a'], unwrap);
    while (made[0]?.some((byte) => byte !== 0)) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await cache.get(['a'], unwrap)).toEqual(bytes(7));
    expect(made).toHaveLength(2);
  });

  it('lets the oldest go when there are too many', async () => {
    const cache = createKeyCache({ keepMs: 60_000, most: 2 });
    const { made, unwrap } = counted();
    for (const id of ['a', 'b', 'c', 'b', 'c']) await cache.get([id], unwrap);
    expect(made).toHaveLength(3);
    expect(made[0]).toEqual(bytes(0));
    await cache.get(['a'], unwrap);
    expect(made).toHaveLength(4);
  });

  it('keeps no failure', async () => {
    const cache = createKeyCache({ keepMs: 60_000, most: 2 });
    await expect(cache.get(['a'], () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await cache.get(['a'], counted().unwrap)).toEqual(bytes(7));
  });
});
