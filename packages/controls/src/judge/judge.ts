import type { Test } from '../quantifiers.ts';
import type { Finding, JudgementInput } from './input.ts';
import { judgeEvery } from './judge-every.ts';
import { judgeSome } from './judge-some.ts';

/**
 * Judges one test of a control by what is stored of one integration. Pure: no clock, no I/O of its own; memory stays flat, whatever
 * the number of rows and gaps.
 * @returns findings in ascending order of their resourceSha, each at most once
 */
export function judge(test: Test, freshnessHours: number, input: JudgementInput): AsyncGenerator<Finding> {
  return test.quantifier === 'every' ? judgeEvery(test, freshnessHours, input) : judgeSome(test, freshnessHours, input);
}
