import type { Random } from '../github/random.ts';

/** What the generators share. */
export interface Means {
  readonly random: Random;
  /** The same for the same kind and number. */
  uuid(kind: number, number: number): string;
  /** ISO 8601. */
  ago(hours: number): string;
}
