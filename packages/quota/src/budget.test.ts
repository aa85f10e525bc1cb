import { describe, expect, it } from '@jest/globals';
import { budgetOf } from './budget.ts';

const hour = 3_600_000;

describe('budgetOf', () => {
  const limits = [
    { name: 'hourly', requests: 5_000, perMs: hour },
    { name: 'per second', requests: 20, perMs: 1_000 },
    { name: 'fast', requests: 600, perMs: 1_000 },
    { name: 'documented burst', requests: 600, perMs: 60_000, burst: 50 },
    { name: 'burst of everything', requests: 600, perMs: 60_000, burst: 600 },
    { name: 'burst above the limit', requests: 30, perMs: 1_000, burst: 60 },
    { name: 'two', requests: 2, perMs: 1_000 },
    { name: 'one', requests: 1, perMs: 1_000 },
  ];
  /** What a bucket emits at most in any time of that length. */
  const most = ({ burst, intervalMs }: ReturnType<typeof budgetOf>, ms: number) =>
    burst - 1 + Math.ceil(ms / intervalMs - 1e-9);

  it.each(limits)('has turns for no more than the share in any window: $name', (limit) => {
    for (const share of [0.1, 0.5, 1]) {
      const budget = budgetOf(limit, share);
      expect(budget.calls).toBe(Math.max(1, Math.floor(limit.requests * share)));
      expect(budget.burst).toBeGreaterThanOrEqual(1);
      expect(most(budget, limit.perMs)).toBeLessThanOrEqual(budget.calls);
    }
  });

  it.each(limits)('keeps the limit with calls that begin late, and are late on their way: $name', (limit) => {
    for (const share of [0.1, 0.5, 1]) {
      const budget = budgetOf(limit, share);
      const way = Math.min(limit.perMs * 0.01, 500);
      expect(budget.toleranceMs).toBeGreaterThanOrEqual(way);
      expect(most(budget, limit.perMs + budget.toleranceMs + way)).toBeLessThanOrEqual(limit.requests);
    }
  });

  it('spends a long window in bursts and a short one at its rate', () => {
    expect(budgetOf({ name: 'core', requests: 5_000, perMs: hour }, 0.5)).toMatchObject({
      calls: 2_500,
      burst: 1_250,
      intervalMs: (hour + 1_000) / 1_251,
    });
    expect(budgetOf({ name: 'iam', requests: 20, perMs: 1_000 }, 0.5)).toMatchObject({
      calls: 10,
      burst: 1,
      intervalMs: 102.5,
    });
  });

  it('keeps a documented burst, at half of the budget at most', () => {
    expect(budgetOf({ name: 's3', requests: 100, perMs: 1_000, burst: 40 }, 0.5)).toMatchObject({
      calls: 50,
      burst: 20,
    });
    expect(budgetOf({ name: 'iam', requests: 30, perMs: 1_000, burst: 60 }, 0.5)).toMatchObject({
      calls: 15,
      burst: 7,
    });
  });

  it('uses nearly all of the share', () => {
    const { intervalMs, toleranceMs } = budgetOf({ name: 'second', requests: 100, perMs: 1_000 }, 1);
    expect(1_000 / intervalMs).toBeCloseTo(97.56, 2);
    expect(toleranceMs).toBeCloseTo(12.5, 6);
  });
});
