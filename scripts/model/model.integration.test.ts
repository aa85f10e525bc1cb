import { type Postgres, type RedisServer, startPostgres, startRedis } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Place, preparePlaces } from './fleet.ts';
import { playLane } from './lane.ts';

const fixedSeed = 20_261_124;
const histories = 75;

describe('random histories of concurrent commands against the real database and Redis', () => {
  let postgres: Postgres;
  let redis: RedisServer;
  let places: Place[];

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    places = await preparePlaces(postgres, redis, 2);
  });
  afterAll(async () => {
    await Promise.all([postgres?.close(), redis?.close()]);
  });

  it('break no promise of the run state machine, neither known ones nor new ones', async () => {
    const seeds = [fixedSeed, Math.floor(Math.random() * 2 ** 31)];
    const results = await Promise.all(
      places.map((place, index) => playLane({ place, seed: seeds[index] ?? fixedSeed, histories })),
    );
    process.stdout.write(`Model: ${results.length} × ${histories} histories, seeds ${seeds.join(' and ')}\n`);
    expect(results.map(({ counterexample }) => counterexample)).toEqual([null, null]);
  }, 300_000);
});
