import { expect, it } from '@jest/globals';
import { attack } from './attack.ts';
import { schemathesisAvailability } from './schemathesis.ts';
import { problemsOf } from './table.ts';

const availability = await schemathesisAvailability();
if (!availability.available) console.warn(`The generated requests are left out: ${availability.why}`);
const itAttacks = availability.available ? it : it.skip;

itAttacks(
  'answers a sample of generated and hostile requests without a fault, and tells nothing of another organization',
  async () => {
    if (!availability.available) return;
    const seed = Math.floor(Math.random() * 2 ** 31);
    const attacked = await attack({
      ...{ python: availability.python, seconds: 8, seed, generators: 1, say: () => {} },
      phases: ['fuzzing', 'stateful'], // the rest thinks for seconds before its first request
    });
    const { operations, hostilities } = attacked.tally;
    const idle = [...operations]
      .filter(([, { generated, hostile }]) => generated + hostile === 0)
      .map(([name]) => name);
    expect({ seed, problems: problemsOf(attacked), idle }).toEqual({ seed, problems: [], idle: [] });
    expect(hostilities.get("another organization's id in a path")?.ended['4']).toBeGreaterThan(5);
    expect(attacked.rowsKept).toBeGreaterThan(100);
  },
  120_000,
);
