import { controls } from '@evidence-fleet/controls';
import { expect, it } from '@jest/globals';
import { oracles } from './oracles.ts';

it('there is an oracle for every control and evidence type that it is judged by, and no other', () => {
  const told = Object.entries(oracles).flatMap(([type, asked]) =>
    Object.keys(asked).map((control) => `${control} by ${type}`),
  );
  const judged = controls.flatMap(({ id, tests }) =>
    // The matrix has one integration, which no other tells anything of.
    tests.filter(({ relation }) => relation === null).map(({ evidence }) => `${id} by ${evidence}`),
  );
  expect(told.toSorted()).toEqual(judged.toSorted());
});
