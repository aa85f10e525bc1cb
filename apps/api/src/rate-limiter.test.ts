import { QuotaUnavailableError } from '@evidence-fleet/quota';
import { describe, expect, it } from '@jest/globals';
import { createRateLimiter } from './rate-limiter.ts';

describe('the rate limit', () => {
  it('counts by itself while Redis is away, and asks it again after a second', async () => {
    let now = 60_000;
    let asked = 0;
    let isAway = true;
    const quota = {
      async reserve() {
        asked += 1;
        if (isAway) throw new QuotaUnavailableError('away');
        return { granted: false, waitMs: 1_500, toleranceMs: 0, used: 1 };
      },
    };
    const limiter = createRateLimiter({ quota, perMinute: 2, now: () => now });
    expect([await limiter.take('a'), await limiter.take('a'), await limiter.take('a')]).toEqual([0, 0, 60_000]);
    expect(await limiter.take('b')).toBe(0);
    expect(asked).toBe(1);
    now += 1_000;
    isAway = false;
    expect(await limiter.take('a')).toBe(1_500);
    expect(asked).toBe(2);
  });
});
