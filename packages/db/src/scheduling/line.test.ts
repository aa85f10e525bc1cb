import { describe, expect, it } from '@jest/globals';
import { Line } from './line.ts';

describe('Line', () => {
  it('gives every organization places of its own, from 1', () => {
    const line = new Line();
    expect(['a', 'a', 'b', 'a', 'b'].map((organization) => line.take(organization))).toEqual([1, 2, 1, 3, 2]);
    expect(line.standing).toBe(5);
    expect(Object.fromEntries(line.held)).toEqual({ a: 3, b: 2 });
  });

  it('fills the gap a taken job left, so that a first place is never missing', () => {
    const line = new Line();
    line.hold('a', [2, 3, 5]);
    expect([line.take('a'), line.take('a'), line.take('a')]).toEqual([1, 4, 6]);
  });

  it('bears two jobs at one place', () => {
    const line = new Line();
    line.hold('a', [1, 1]);
    expect(line.standing).toBe(2);
    expect(line.take('a')).toBe(2);
  });
});
