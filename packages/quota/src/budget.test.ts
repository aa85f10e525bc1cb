import { describe, expect, it } from '@jest/globals';
import { budgetOf } from './budget.ts';

const hour = 3_600_000;

describe('budgetOf', () => {
  const limits = [
    { name: 'hourly', requests: 5_000, perMs: hour },
    { name: 'per second', requests: 20, perMs: 1_000 },
    { name: 'documented burst', requests: 600, perMs: 60_000, burst: 50 },
    { name: 'burst of everything', requests: 600, perMs: 60_000, burst: 600 },
    { name: 'two', requests: 2, perMs: 1_000 },
    { name: 'one', requests: 1, perMs: 1_000 },
  ];

  it.each(limits)('keeps burst + rate x window within the share: $name', (limit) => {
    for (const share of [0.1, 0.5, 1]) {
      const { calls, burst, intervalMs } = budgetOf(limit, share);
      expect(calls).toBe(Math.max(1, Math.floor(limit.requests * share)));
      expect(burst).toBeGreaterThanOrEqual(1);
      // a budget of one call has no burst beside its rate: that call every window
      if (calls > 1) expect(burst + limit.perMs / intervalMs).toBeLessThanOrEqual(calls + 1e-9);
      else expect(intervalMs).toBe(limit.perMs);
    }
  });

  it('spends a long window in bursts and a short one at its rate', () => {
    expect(budgetOf({ name: 'core', requests: 5_000, perMs: hour }, 0.5)).toEqual({
      calls: 2_500,
      burst: 1_250,
      intervalMs: hour / 1_250,
    });
    expect(budgetOf({ name: 'iam', requests: 20, perMs: 1_000 }, 0.5)).toEqual({
      calls: 10,
      burst: 2,
      intervalMs: 125,
    });
  });
});
