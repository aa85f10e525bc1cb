import type { Control, Requirement } from './control.ts';
import { defaultBranchesProtected } from './controls/default-branches-protected.ts';
import { mfaForPeople } from './controls/mfa-for-people.ts';
import { noPublicBuckets } from './controls/no-public-buckets.ts';
import { passwordPolicy } from './controls/password-policy.ts';
import { trailLoggingAllRegions } from './controls/trail-logging-all-regions.ts';

/** Every control, in alphabetical order: with its own file, one line here is all that a new control needs. */
export const controls: readonly Control[] = [
  defaultBranchesProtected,
  mfaForPeople,
  noPublicBuckets,
  passwordPolicy,
  trailLoggingAllRegions,
];

/** The controls that are judged by at least one of these evidence types. */
export function controlsFor(types: Iterable<string>): Control[] {
  const wanted = new Set(types);
  return controls.filter(({ tests }) => tests.some(({ evidence }) => wanted.has(evidence)));
}

/** Every requirement that a control serves, sorted, with the ids of those controls. */
export const requirements: ReadonlyMap<Requirement, readonly string[]> = new Map(
  [...new Set(controls.flatMap(({ satisfies }) => satisfies))]
    .toSorted()
    .map((requirement) => [
      requirement,
      controls.filter(({ satisfies }) => satisfies.includes(requirement)).map(({ id }) => id),
    ]),
);
