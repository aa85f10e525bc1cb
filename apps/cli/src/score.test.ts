import { describe, expect, it } from '@jest/globals';
import { scoreOf, scoreText } from './score.ts';

describe('a score', () => {
  it.each([
    [{ pass: 3, fail: 1, unknown: 0, notApplicable: 5 }, 0.75, '75 %'],
    [{ pass: 1, fail: 0, unknown: 1, notApplicable: 0 }, 0.5, '50 %'],
    [{ pass: 999, fail: 1, unknown: 0, notApplicable: 0 }, 0.999, '99 %'],
    [{ pass: 2, fail: 0, unknown: 0, notApplicable: 0 }, 1, '100 %'],
    [{ pass: 0, fail: 0, unknown: 0, notApplicable: 4 }, null, null],
  ])('of %j is %p', (counts, score, text) => {
    expect(scoreOf(counts)).toBe(score);
    expect(scoreText(counts)).toBe(text);
  });
});
