import { fullDisk } from './full-disk.ts';
import { halfOpens } from './half-open.ts';
import { kills } from './kills.ts';
import { outages } from './outages.ts';
import { playUndisturbed, type Reference } from './reference.ts';
import type { Scenario } from './scenario.ts';
import { stalls } from './stalls.ts';
import { missedGoals, newTally, type Row } from './tally.ts';
import { tenKills } from './ten-kills.ts';
import { sparesOf } from './ward.ts';

const scenarios: readonly Scenario[] = [...kills, tenKills, ...outages, ...halfOpens, ...stalls, fullDisk];

export interface SuiteOptions {
  readonly only: RegExp;
  /** How often to play a scenario; 0 leaves it out. */
  times(of: Scenario['times']): number;
  /** Scenarios at once. */
  readonly atOnce: number;
  say(line: string): void;
}

/** Plays the chosen scenarios, a few at once, and returns their rows in order. */
export async function playSuite({ only, times, atOnce, say }: SuiteOptions): Promise<Row[]> {
  const timesOf = (scenario: Scenario) => times(scenario.times);
  const chosen = scenarios.filter((one) => only.test(one.name) && timesOf(one) > 0);
  const rounds = Math.max(0, ...chosen.map((one) => one.rounds?.(timesOf(one) + sparesOf(timesOf(one))) ?? 0));
  say(`playing ${rounds} undisturbed rounds`);
  const undisturbed = playUndisturbed(rounds);
  const reference: Reference = { after: async (round) => (await undisturbed).after(round) };
  const rows: Row[] = [];
  const waiting = [...chosen.entries()];
  const play = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [place, scenario] = next;
      rows[place] = await playOne(scenario, timesOf(scenario), { reference, say });
    }
  };
  await Promise.all([undisturbed, ...Array.from({ length: atOnce }, play)]);
  return rows;
}

async function playOne(
  scenario: Scenario,
  times: number,
  { reference, say }: { reference: Reference; say(line: string): void },
): Promise<Row> {
  const { name } = scenario;
  const started = performance.now();
  const tell = (line: string) => say(`${name}: ${line}`);
  const row: Row = await scenario.run({ times, reference, say: tell }).then(
    (played) =>
      typeof played === 'string'
        ? { scenario: name, times: 0, tally: null, note: played }
        : { scenario: name, times, tally: played, note: played.notes.join('; ') },
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      tell(`broke off: ${message}`);
      return { scenario: name, times, tally: { ...newTally(), lost: 1 }, note: `broke off: ${message}` };
    },
  );
  const missed = missedGoals(row);
  tell(
    `${missed.length === 0 ? 'held' : `MISSED ${missed.join(', ')}`} after ${Math.round((performance.now() - started) / 1000)} s`,
  );
  return row;
}
