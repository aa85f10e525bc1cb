import { type Bench, openBench, type Stores } from './bench.ts';
import type { Case } from './cases.ts';
import { type CaseResult, type Lane, openLane } from './run-case.ts';
import type { World } from './world.ts';

/** The most memory that a process which runs cases may hold, fronts and stores' clients included. */
const rssCapBytes = 512 * 2 ** 20;

/** Runs cases side by side in this process, each in a slot of its own, and watches its memory. */
export interface Slots {
  run(slot: number, one: Case): Promise<CaseResult & { readonly rssBytes: number }>;
  close(): Promise<void>;
}

export async function openSlots(stores: Stores, worlds: readonly World[]): Promise<Slots> {
  const bench: Bench = await openBench(stores);
  const lanes = new Map<string, Promise<Lane>>();
  const running = new Set<{ rssBytes: number }>();
  const watch = setInterval(() => {
    const { rss } = process.memoryUsage();
    for (const one of running) one.rssBytes = Math.max(one.rssBytes, rss);
  }, 50);
  watch.unref();

  function laneOf(slot: number, connector: World['connector']): Promise<Lane> {
    const id = `${slot} ${connector}`;
    const known = lanes.get(id);
    if (known !== undefined) return known;
    const world = worlds.find((one) => one.connector === connector);
    if (world === undefined) throw new Error(`there is no world of ${connector}`);
    const lane = openLane(bench, world);
    lanes.set(id, lane);
    return lane;
  }

  return {
    async run(slot, one) {
      const lane = await laneOf(slot, one.connector);
      const memory = { rssBytes: process.memoryUsage().rss };
      running.add(memory);
      try {
        const result = await lane.run(one);
        const { rssBytes } = memory;
        const why = `the process held ${Math.round(rssBytes / 2 ** 20)} MB`;
        const charges =
          rssBytes > rssCapBytes ? [...result.charges, { column: 'memory' as const, why }] : result.charges;
        return { ...result, charges, rssBytes };
      } finally {
        running.delete(memory);
      }
    },
    async close() {
      clearInterval(watch);
      for (const lane of lanes.values()) await (await lane).close();
      await bench.close();
    },
  };
}
