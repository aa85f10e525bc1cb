import { describe, expect, it } from '@jest/globals';
import { backoff } from './backoff.ts';
import { sleep } from './sleep.ts';

describe('sleep', () => {
  it('resolves, also for nothing to wait', async () => {
    await sleep(0);
    await sleep(-5);
    await sleep(1, new AbortController().signal);
  });

  it('rejects with the reason of the signal, before or while it waits', async () => {
    const reason = new Error('stop');
    await expect(sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const waiting = sleep(60_000, controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it('does not take a wait of months for none', async () => {
    const controller = new AbortController();
    let ended = false;
    const waiting = sleep(90 * 86_400_000, controller.signal).finally(() => {
      ended = true;
    });
    await sleep(5);
    expect(ended).toBe(false);
    controller.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow('stop');
  });
});

describe('backoff', () => {
  const ceiling = (attempt: number) => backoff({ attempt, baseMs: 5_000, maxMs: 60_000, random: () => 0.999_999_99 });

  it('doubles its ceiling up to the longest wait', () => {
    expect([1, 2, 3, 4, 5, 2_000].map(ceiling)).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  it('is spread over the whole range', () => {
    expect(backoff({ attempt: 3, baseMs: 5_000, maxMs: 60_000, random: () => 0 })).toBe(0);
    expect(backoff({ attempt: 3, baseMs: 5_000, maxMs: 60_000, random: () => 0.5 })).toBe(10_000);
    for (let n = 0; n < 100; n++) expect(backoff({ attempt: 1, baseMs: 10, maxMs: 60 })).toBeLessThanOrEqual(10);
  });
});
