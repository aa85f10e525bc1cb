import { expect, it } from '@jest/globals';
import { playSuite } from './suite.ts';
import { missedGoals } from './tally.ts';

/** A busy machine is slow: how soon the fleet goes on is held against its promise by the whole proof only. */
const generousMs = 40_000;

it('loses nothing, doubles nothing and says nothing false in a round of each scenario of the sample', async () => {
  const said: string[] = [];
  const rows = await playSuite({
    only: /./,
    times: ({ sample }) => sample,
    atOnce: 2,
    say: (line) => void said.push(line),
  });
  const missed = rows.flatMap((row) => missedGoals(row, generousMs).map((goal) => `${row.scenario}: ${goal}`));
  expect({ missed, said: missed.length === 0 ? [] : said }).toEqual({ missed: [], said: [] });
  expect(rows).toHaveLength(1);
}, 600_000);
