import { createHash } from 'node:crypto';
import {
  awsFaults,
  type FaultAdapter,
  type FrontFault,
  type FrontSite,
  faultsOf,
  githubFaults,
  jiraFaults,
  oktaFaults,
} from '@evidence-fleet/testbed';
import type { World } from './world.ts';

const positions = ['first', 'middle', 'last'] as const;
type Position = (typeof positions)[number];
/** `once`: one call of the run meets it. `for good`: every call there, until the run has ended. */
type Persistence = 'once' | 'for good';
export type Load = 'first load' | 're-sync';

/** One run of the matrix; plain JSON, for child processes. */
export interface Case {
  /** `connector | operation | position | fault | persistence | load`. */
  readonly id: string;
  readonly connector: World['connector'];
  readonly operation: string;
  readonly site: string;
  readonly fault: string;
  readonly persistence: Persistence;
  readonly load: Load;
  /** Evidence types whose streams make this call, two at most: only they are synced. */
  readonly types: readonly string[];
  readonly heavy: boolean;
}

/** A call of an undisturbed run, and the evidence types whose streams make it, those with the fewest calls first. */
export interface PlannedSite extends FrontSite {
  readonly types: readonly string[];
}

export function adapterOf({ connector, narrowToken }: Pick<World, 'connector' | 'narrowToken'>): FaultAdapter {
  switch (connector) {
    case 'aws':
      return awsFaults;
    case 'github':
      return githubFaults({ narrowToken });
    case 'jira':
      return jiraFaults({ narrowToken });
    case 'okta':
      return oktaFaults({ narrowToken });
    default:
      return connector satisfies never;
  }
}

/** One stream may hold up another; what two do, seven do as well. */
const mostTypes = 2;
const persistences = ['once', 'for good'] as const;
const loads = ['first load', 're-sync'] as const;

/**
 * Every fault at the first, a middle and the last call of each operation. Faults of pages are planned in every combination with passing
 * and for good, first load and re-sync; of the others each call has one, chosen so that every operation meets every fault in both ways,
 * and, where it has several calls, on both loads.
 * @param all every combination of everything
 */
export function planCases(
  world: Pick<World, 'connector' | 'narrowToken'>,
  recorded: Readonly<Record<Load, readonly PlannedSite[]>>,
  all: boolean,
): Case[] {
  const faults = faultsOf(adapterOf(world));
  return loads.flatMap((load) =>
    [...Map.groupBy(recorded[load], ({ operation }) => operation).values()].flatMap((calls) => {
      const sites = placed(calls);
      const isOnBoth = loads.every((one) => recorded[one].some(({ operation }) => operation === calls[0]?.operation));
      return sites.flatMap(([position, site], nthSite) =>
        faults.flatMap((fault, nthFault) =>
          isPlanned(fault, position, load, site)
            ? persistences
                .filter(
                  (_, nth) => all || isChosen({ fault, isOnBoth, load, nth, nthFault, nthSite, sites: sites.length }),
                )
                .map((persistence) => caseOf(world.connector, { position, site, fault, persistence, load }))
            : [],
        ),
      );
    }),
  );
}

interface Choice {
  readonly fault: FrontFault;
  /** Both loads make the call. */
  readonly isOnBoth: boolean;
  readonly load: Load;
  /** Of the persistence. */
  readonly nth: number;
  readonly nthFault: number;
  readonly nthSite: number;
  readonly sites: number;
}

function isChosen({ fault, isOnBoth, load, nth, nthFault, nthSite, sites }: Choice): boolean {
  if (fault.onPages || fault.heavy) return true;
  const turn = nthFault + nthSite;
  const isThisLoad =
    !isOnBoth || (load === 're-sync') === ((sites === 1 ? nthFault + nth : turn + (turn >> 1)) % 2 === 0);
  return isThisLoad && (sites === 1 || turn % 2 === nth);
}

function isPlanned(fault: FrontFault, position: Position, load: Load, site: FrontSite): boolean {
  const isElsewhereToo = fault.heavy === true || fault.wholeOperation === true;
  if (isElsewhereToo && position !== 'first') return false;
  if (fault.heavy === true && load === 'first load') return false;
  return fault.fits(site);
}

interface Planning {
  readonly position: Position;
  readonly site: PlannedSite;
  readonly fault: FrontFault;
  readonly persistence: Persistence;
  readonly load: Load;
}

function caseOf(connector: World['connector'], { position, site, fault, persistence, load }: Planning): Case {
  return {
    id: [connector, site.operation, position, fault.name, persistence, load].join(' | '),
    connector,
    operation: site.operation,
    site: site.site,
    fault: fault.name,
    persistence,
    load,
    types: site.types.slice(0, mostTypes),
    heavy: fault.heavy === true,
  };
}

/** The first, a middle and the last of an operation's calls, in the order of their names; fewer where there are fewer. */
function placed(sites: readonly PlannedSite[]): (readonly [Position, PlannedSite])[] {
  const ordered = [...new Map(sites.map((one) => [one.site, one])).values()].sort((a, b) => (a.site < b.site ? -1 : 1));
  const at = { first: 0, middle: ordered.length >> 1, last: ordered.length - 1 };
  const taken = new Set<number>();
  return positions.flatMap((position) => {
    const one = ordered[at[position]];
    if (one === undefined || taken.has(at[position])) return [];
    taken.add(at[position]);
    return [[position, one] as const];
  });
}

/** An order that spreads what is alike, the same in every run. */
export function shuffled<T extends { readonly id: string }>(all: readonly T[]): T[] {
  const rank = ({ id }: T) => createHash('sha256').update(id).digest('hex');
  return all
    .map((one) => [rank(one), one] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, one]) => one);
}
