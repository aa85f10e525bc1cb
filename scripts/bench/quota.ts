import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from '@evidence-fleet/testbed';
import { Redis } from 'ioredis';
import type { Bench } from './bench.ts';
import { type Callers, startCallers } from './quota-load/callers.ts';
import { callsOver, startLimitedProvider } from './quota-load/limited-provider.ts';

const [workers, syncs, concurrency, limit] = [4, 2, 4, 100];
/** The seconds that are measured, in parts, so that there is a spread. */
const parts = 3;

/** Whether a fleet uses a provider's limit, whole and no more, and what that costs in Redis. */
export const quota: Bench = {
  name: 'quota',
  async run({ isQuick, say }) {
    const partMs = isQuick ? 500 : 20_000;
    const [redisServer, provider] = await Promise.all([startRedis(), startLimitedProvider()]);
    const redis = new Redis(redisServer.url);
    const task = { url: provider.url, redisUrl: redisServer.url, limit, syncs, concurrency };
    let callers: Callers | undefined;
    try {
      const before = await commandsOf(redis);
      callers = await startCallers(workers, task);
      const shares: number[] = [];
      for (let part = 0; part < parts; part += 1) {
        const from = provider.arrivals.length;
        await sleep(partMs);
        const share = ((provider.arrivals.length - from) * 1_000) / partMs / limit;
        shares.push(share);
        say(`${(share * 100).toFixed(1)} % of the limit`);
      }
      const calls = await callers.stop();
      const after = await commandsOf(redis);
      if (calls !== provider.arrivals.length)
        throw new Error(`${provider.arrivals.length} calls arrived, and ${calls} were made.`);
      await sleep(isQuick ? 500 : 5_000);
      const idle = (await commandsOf(redis)) - after;
      return {
        figures: [
          {
            what: `share of ${limit} calls a second that ${workers} workers use`,
            samples: shares,
            reach: { is: 'at least', value: 0.97 },
            aim: { is: 'at least', value: 0.99 },
          },
          {
            what: "sliding windows of a second with more, by the provider's clock",
            samples: [callsOver(provider.arrivals, { limit, windowMs: 1_000 })],
            reach: { is: 'at most', value: 0 },
          },
          {
            what: 'commands to Redis a call',
            samples: [(after - before) / calls],
            reach: { is: 'at most', value: 6 },
          },
          { what: 'commands to Redis while idle', samples: [idle], reach: { is: 'at most', value: 0 } },
        ],
        notes: [
          `${calls.toLocaleString('en')} calls of ${workers} processes with ${syncs} syncs of ${concurrency} lanes each, a window counted at every arrival; the commands include those inside scripts and those of ${workers} connections being opened`,
        ],
      };
    } finally {
      await callers?.close();
      redis.disconnect();
      await Promise.all([redisServer.close(), provider.close()]);
    }
  },
};

/** Commands that Redis has carried out, those inside scripts too, without the question itself. */
async function commandsOf(redis: Redis): Promise<number> {
  const stats = await redis.info('commandstats');
  const counts = [...stats.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)].filter(([, name]) => name !== 'info');
  return counts.reduce((sum, [, , count]) => sum + Number(count), 0);
}
