import { connectors } from '@evidence-fleet/connectors';
import { type Fleet, type FrontSite, startFaultFront } from '@evidence-fleet/testbed';
import { openAwsWorld } from './aws-world.ts';
import { type Bench, openBench, type Stores } from './bench.ts';
import { adapterOf, type Case, type Load, type PlannedSite, planCases, shuffled } from './cases.ts';
import type { Target } from './clone.ts';
import { openGitHubWorld } from './github-world.ts';
import { openJiraWorld } from './jira-world.ts';
import { judgeState } from './judge-state.ts';
import { readLedger } from './ledger.ts';
import { openOktaWorld } from './okta-world.ts';
import { incrementalTypes } from './run-case.ts';
import { syncToEnd } from './sync.ts';
import type { OpenWorld, World } from './world.ts';

/** A provider with its baseline, ready for cases. */
export interface Stage {
  readonly world: World;
  readonly cases: readonly Case[];
  close(): Promise<void>;
}

const open = { github: openGitHubWorld, aws: openAwsWorld, jira: openJiraWorld, okta: openOktaWorld };
const limits = { limits: {}, deadlineMs: 60_000 };

export function storesOf(fleet: Fleet): Stores {
  return { appUrl: fleet.appUrl, superuserUrl: fleet.urls.superuser, redisUrl: fleet.redisUrl, keyring: fleet.keyring };
}

export interface StageOptions {
  /** All combinations. */
  readonly every?: boolean;
  /** Only so many evidence types, and their calls; which ones is the same in every run. */
  readonly types?: number;
}

/** Opens a provider's world, syncs it, changes it, and records what an undisturbed run calls. */
export async function openStage(
  stores: Stores,
  connector: World['connector'],
  { every = false, types: most }: StageOptions = {},
): Promise<Stage> {
  const all = (connectors.get(connector)?.streams ?? []).map(({ evidence }) => ({ id: evidence.name }));
  const types = shuffled(all)
    .slice(0, most)
    .map(({ id }) => id);
  const opened = await open[connector]();
  const bench = await openBench(stores);
  try {
    const world = await makeBaseline(bench, opened, most === undefined ? [] : types);
    const recorded = await record(bench, world, types);
    return { world, cases: planCases(world, recorded, every), close: opened.close };
  } catch (error) {
    await opened.close();
    throw error;
  } finally {
    await bench.close();
  }
}

/** @param types none: all */
async function makeBaseline(bench: Bench, opened: OpenWorld, types: readonly string[]): Promise<World> {
  const plan = { ...limits, types };
  const baseline = await bench.cloner.fresh(opened.world, opened.world.upstream);
  // Twice: what the first pass could not vouch for alone, the second confirms.
  await syncToEnd(bench, baseline, plan);
  await syncToEnd(bench, baseline, plan);
  const before = new Map(opened.resources().map((one) => [`${one.type} ${one.keySha}`, one]));
  for (const change of opened.changes.slice(0, -1)) {
    await change();
    await syncToEnd(bench, baseline, plan);
    for (const one of opened.resources()) before.set(`${one.type} ${one.keySha}`, one);
  }
  await opened.changes.at(-1)?.();
  return { ...opened.world, baseline, before: [...before.values()], truth: opened.resources() };
}

/** Which calls an undisturbed run makes, and for which evidence types; it must end in the true result. */
async function record(bench: Bench, world: World, names: readonly string[]): Promise<Record<Load, PlannedSite[]>> {
  const front = await startFaultFront({
    adapter: adapterOf(world),
    upstream: world.upstream,
    foreignUrl: 'http://127.0.0.1:9',
  });
  try {
    const recorded: Record<Load, PlannedSite[]> = { 'first load': [], 're-sync': [] };
    for (const load of ['first load', 're-sync'] as const) {
      const sites = new Map<string, { site: FrontSite; types: string[] }>();
      const calls = new Map<string, number>();
      for (const type of names) {
        const target =
          load === 'first load'
            ? await bench.cloner.fresh(world, front.url)
            : await bench.cloner.copy(world, front.url);
        front.reset();
        const { runId } = await syncToEnd(bench, target, { ...limits, types: [type] });
        if (load === 're-sync') await requireTruth(bench, world, { target, runId, type });
        calls.set(type, front.sites.length);
        for (const site of front.sites) {
          const known = sites.get(`${site.operation} ${site.site}`) ?? { site, types: [] };
          if (!known.types.includes(type)) known.types.push(type);
          sites.set(`${site.operation} ${site.site}`, known);
        }
      }
      recorded[load] = [...sites.values()].map(({ site, types }) => ({
        ...site,
        types: types.toSorted((one, other) => (calls.get(one) ?? 0) - (calls.get(other) ?? 0)),
      }));
    }
    return recorded;
  } finally {
    await front.close();
  }
}

/** A matrix over a baseline that is not whole would prove nothing. */
async function requireTruth(
  bench: Bench,
  world: World,
  { target, runId, type }: { target: Target; runId: string; type: string },
): Promise<void> {
  const state = await readLedger(bench, target.organizationId, { runId, types: [type] });
  const mine = (one: { type: string }) => one.type === type;
  const judged = judgeState(state, {
    now: world.truth.filter(mine),
    before: world.before.filter(mine),
    incremental: incrementalTypes,
  });
  if (judged.end === 'true') return;
  const why = JSON.stringify({ ...judged, gaps: state.gaps, run: state.run, streams: state.streams }, null, 1);
  throw new Error(`an undisturbed run of ${type} does not end in the truth: ${why}`);
}
