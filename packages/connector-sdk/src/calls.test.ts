import { describe, expect, it } from '@jest/globals';
import { type CallTerm, countCalls, formulaOf, namesIn } from './calls.ts';

const terms: readonly CallTerm[] = [
  2,
  { pagesOf: 'users', size: 1000 },
  { of: 'users', times: 3 },
  { of: 'keys' },
  { pagesOfEach: 'members of a group', size: 50 },
];

describe('the formula of a number of calls', () => {
  it('can be read', () => {
    expect(formulaOf(terms)).toBe('2 + ⌈users / 1,000⌉ + 3 × users + keys + Σ ⌈members of a group / 50⌉');
    expect(formulaOf([])).toBe('0');
    expect(namesIn(terms)).toEqual(['users', 'users', 'keys', 'members of a group']);
  });

  it('has a value, in which an empty list is a page, too', () => {
    expect(countCalls(terms, { users: 1001, keys: 7, 'members of a group': [0, 50, 51] })).toBe(2 + 2 + 3003 + 7 + 4);
    expect(countCalls([{ pagesOf: 'users', size: 1000 }], { users: 0 })).toBe(1);
    expect(countCalls([{ pagesOfEach: 'members of a group', size: 50 }], { 'members of a group': [] })).toBe(0);
  });

  it('has none where a name is not counted as the term needs it', () => {
    expect(() => countCalls(terms, { users: 1, 'members of a group': [] })).toThrow('keys');
    expect(() => countCalls(terms, { users: 1, keys: 1, 'members of a group': 3 })).toThrow('members of a group');
  });
});
