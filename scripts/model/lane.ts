import fc from 'fast-check';
import { anyHistory, type History, tell } from './command.ts';
import { openFleet, type Place } from './fleet.ts';
import { playHistory } from './history.ts';
import { Tally } from './tally.ts';

export interface LaneOptions {
  readonly place: Place;
  readonly seed: number;
  readonly histories: number;
  /** Whether a history that breaks a promise is made as small as it can be. */
  readonly shrinks?: boolean;
}

export interface LaneResult {
  readonly histories: number;
  readonly counts: readonly (readonly [string, number])[];
  /** What broke, with the shrunken history in words. */
  readonly counterexample: string | null;
}

/** Once something broke, races need several tries to show again; this many for each smaller history. */
const triesWhileShrinking = 4;
/** Smaller histories looked at, in milliseconds. */
const shrinkingMs = 90_000;

/** Plays random histories one after the other, and shrinks the first that breaks a promise. */
export async function playLane({ place, seed, histories, shrinks = true }: LaneOptions): Promise<LaneResult> {
  const fleet = await openFleet(place);
  const tally = new Tally();
  let smallest: { history: History; error: unknown } | null = null;
  let shrinkUntil = Number.POSITIVE_INFINITY;
  let played = 0;
  const property = fc.asyncProperty(anyHistory, async (history) => {
    if (Date.now() >= shrinkUntil) return;
    const tries = smallest === null ? 1 : triesWhileShrinking;
    if (smallest === null) played += 1;
    for (let attempt = 0; attempt < tries; attempt += 1) {
      try {
        await playHistory(fleet, history, tally);
      } catch (error) {
        if (smallest === null) shrinkUntil = Date.now() + (shrinks ? shrinkingMs : 0);
        smallest = { history, error };
        throw error;
      }
    }
  });
  try {
    const { failed } = await fc.check(property, { seed, numRuns: histories });
    return { histories: played, counts: [...tally.counts], counterexample: failed ? inWords(smallest) : null };
  } finally {
    await fleet.close();
  }
}

function inWords(found: { history: History; error: unknown } | null): string {
  if (found === null) return 'fast-check failed without a history';
  return `${found.error}\nafter ${tell(found.history)}`;
}
