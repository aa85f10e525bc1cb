import { type Bench, type BenchOptions, type BenchResult, percentile } from './bench.ts';
import { createDemand } from './on-demand/demand.ts';
import { openFleetStand } from './on-demand/fleet-stand.ts';

/** How long somebody who asks for a sync waits until the provider hears of it. */
export const latency: Bench = { name: 'latency', run };

const sizes = {
  whole: { rounds: 3, idle: 30, saturated: 80, everyMs: 250, askers: 20, crowd: 4_000 },
  quick: { rounds: 1, idle: 4, saturated: 4, everyMs: 100, askers: 3, crowd: 100 },
};

async function run({ isQuick, say }: BenchOptions): Promise<BenchResult> {
  const size = isQuick ? sizes.quick : sizes.whole;
  const stand = await openFleetStand(size.askers);
  try {
    const demand = await createDemand(stand, size.askers);
    const idle: (readonly number[])[] = [];
    for (let round = 0; round < size.rounds; round += 1) idle.push(await demand.inTurn(size.idle));
    say('asked while the fleet was idle');
    const crowd = await stand.addCrowd(size.crowd);
    await crowd.isFlowing();
    const before = await crowd.counts();
    const saturated: (readonly number[])[] = [];
    for (let round = 0; round < size.rounds; round += 1)
      saturated.push(await demand.atPace(size.saturated, size.everyMs));
    await crowd.isFlowing();
    const after = await crowd.counts();
    if (after.waiting === 0) throw new Error('The scheduled syncs ended before the requests did.');
    const at = (share: number, rounds: readonly (readonly number[])[]) =>
      rounds.map((waits) => percentile(waits, share));
    return {
      figures: [
        {
          what: 'ms from request to first provider call, idle fleet, p50',
          samples: at(0.5, idle),
          reach: { is: 'at most', value: 50 },
        },
        { what: 'the same, p99', samples: at(0.99, idle) },
        {
          what: 'ms from request to first provider call, saturated fleet, p99',
          samples: at(0.99, saturated),
          reach: { is: 'at most', value: 500 },
        },
        { what: 'the same, p50', samples: at(0.5, saturated) },
      ],
      notes: [
        `one scheduler and one worker as they start in production, GitHub simulated over HTTP; ${size.rounds} rounds of ${size.idle} requests in turn while the fleet is idle, and of ${size.saturated} beside ${size.crowd.toLocaleString('en')} due integrations whose syncs take all ${stand.slots} slots (${after.ended - before.ended} ended meanwhile), one every ${size.everyMs} ms whether or not the one before has begun.`,
      ],
    };
  } finally {
    await stand.close();
  }
}
