import { describe, expect, it } from '@jest/globals';
import { createGovernor, type Load, wantedWorkers } from './rule.ts';

const quiet: Load = { workers: 4, ready: 4, slots: 10, active: 0, waiting: 0, oldestSeconds: 0, meanSeconds: 60 };

describe('the wish', () => {
  it('is as many workers as are busy to 95 % with what is at work', () => {
    expect(wantedWorkers({ ...quiet, active: 38 })).toBe(4);
    expect(wantedWorkers({ ...quiet, active: 39 })).toBe(5);
    expect(wantedWorkers(quiet)).toBe(0);
  });

  it('counts what waits by the time that it takes, not by its number', () => {
    expect(wantedWorkers({ ...quiet, waiting: 900, meanSeconds: 0.3 })).toBe(1);
    expect(wantedWorkers({ ...quiet, waiting: 950, meanSeconds: 30 })).toBe(100);
  });

  it('asks for one slot for each that waits at most, however long syncs take', () => {
    expect(wantedWorkers({ ...quiet, waiting: 90, meanSeconds: 600 })).toBe(10);
  });

  it('grows with the age of what has waited for longest, to twice the workers that are ready', () => {
    expect(wantedWorkers({ ...quiet, active: 40, oldestSeconds: 120 })).toBe(8);
    expect(wantedWorkers({ ...quiet, active: 40, oldestSeconds: 1_000 })).toBe(8);
    expect(wantedWorkers({ ...quiet, active: 40, oldestSeconds: 120, ready: 2 })).toBe(5);
    expect(wantedWorkers({ ...quiet, active: 36, oldestSeconds: 30 })).toBe(4);
  });
});

describe('the governor', () => {
  const bounds = { least: 2, most: 40 };

  it('doubles at most, or adds four, in a quarter of a minute', () => {
    const governor = createGovernor(bounds);
    const busy = { ...quiet, waiting: 10_000 };
    expect(governor.next({ ...busy, workers: 2 }, 0)).toBe(6);
    expect(governor.next({ ...busy, workers: 6 }, 5)).toBe(6);
    expect(governor.next({ ...busy, workers: 6 }, 20)).toBe(12);
    expect(governor.next({ ...busy, workers: 30 }, 40)).toBe(40);
  });

  it('lets go of no worker that was wanted within two minutes, and of half of them a minute', () => {
    const governor = createGovernor(bounds);
    expect(governor.next({ ...quiet, workers: 20, active: 190 }, 0)).toBe(20);
    expect(governor.next({ ...quiet, workers: 20 }, 60)).toBe(20);
    expect(governor.next({ ...quiet, workers: 20 }, 121)).toBe(10);
    expect(governor.next({ ...quiet, workers: 10 }, 140)).toBe(10);
    expect(governor.next({ ...quiet, workers: 10 }, 182)).toBe(5);
    expect(governor.next({ ...quiet, workers: 2 }, 400)).toBe(2);
  });
});
