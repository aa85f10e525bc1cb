import type { Reference } from './reference.ts';
import type { Tally } from './tally.ts';

export interface Scenario {
  readonly name: string;
  /** Repetitions of the proof, and of its sample. */
  readonly times: { readonly full: number; readonly sample: number };
  /** Rounds of one tenant at most; how far the undisturbed play must go. */
  readonly rounds?: (times: number) => number;
  /** @returns a string where it cannot be had here: why */
  run(context: Context): Promise<Tally | string>;
}

export interface Context {
  readonly times: number;
  readonly reference: Reference;
  /** Hears of progress, and of every difference. */
  say(line: string): void;
}
