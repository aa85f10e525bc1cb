import { createHash } from 'node:crypto';
import {
  awsFaults,
  type FaultAdapter,
  type FrontFault,
  type FrontSite,
  faultsOf,
  githubFaults,
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
  /** The evidence types whose streams make this call: only they are synced. */
  readonly types: readonly string[];
  readonly heavy: boolean;
}

/** A call of an undisturbed run, and the evidence types whose streams make it. */
export interface PlannedSite extends FrontSite {
  readonly types: readonly string[];
}

export function adapterOf({ connector, narrowToken }: Pick<World, 'connector' | 'narrowToken'>): FaultAdapter {
  return connector === 'github' ? githubFaults({ narrowToken }) : awsFaults;
}

/** Every fault at the first, a middle and the last call of each operation, passing and for good, on a first load and over a baseline. */
export function planCases(
  world: Pick<World, 'connector' | 'narrowToken'>,
  recorded: Readonly<Record<Load, readonly PlannedSite[]>>,
): Case[] {
  const faults = faultsOf(adapterOf(world));
  return (['first load', 're-sync'] as const).flatMap((load) =>
    [...Map.groupBy(recorded[load], ({ operation }) => operation).values()].flatMap((sites) =>
      placed(sites).flatMap(([position, site]) =>
        faults
          .filter((fault) => isPlanned(fault, position, load, site))
          .flatMap((fault) => caseOf(world.connector, { position, site, fault, load })),
      ),
    ),
  );
}

function isPlanned(fault: FrontFault, position: Position, load: Load, site: FrontSite): boolean {
  const isElsewhereToo = fault.heavy === true || fault.wholeOperation === true;
  if (isElsewhereToo && position !== 'first') return false;
  if (fault.heavy === true && load === 'first load') return false;
  return fault.fits(site);
}

function caseOf(
  connector: World['connector'],
  { position, site, fault, load }: { position: Position; site: PlannedSite; fault: FrontFault; load: Load },
): Case[] {
  return (['once', 'for good'] as const).map((persistence) => ({
    id: [connector, site.operation, position, fault.name, persistence, load].join(' | '),
    connector,
    operation: site.operation,
    site: site.site,
    fault: fault.name,
    persistence,
    load,
    types: site.types,
    heavy: fault.heavy === true,
  }));
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
export function shuffled(cases: readonly Case[]): Case[] {
  const rank = ({ id }: Case) => createHash('sha256').update(id).digest('hex');
  return cases
    .map((one) => [rank(one), one] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, one]) => one);
}
