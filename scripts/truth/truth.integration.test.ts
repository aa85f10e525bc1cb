import { awsAvailability, type Fleet, startFleet } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { shuffled } from './cases.ts';
import { runInPool } from './pool.ts';
import type { CaseResult } from './run-case.ts';
import { openStage, type Stage, storesOf } from './stage.ts';
import type { World } from './world.ts';

const availability = await awsAvailability();
if (!availability.available) console.warn(`AWS is left out: ${availability.why}`);
const connectors: World['connector'][] = availability.available
  ? ['github', 'okta', 'jira', 'aws']
  : ['github', 'okta', 'jira'];

/** Of each connector; a full run is `npm run prove:truth`. */
const sampleSize = 7;

describe('a spread of the fault matrix', () => {
  let fleet: Fleet;
  const stages: Stage[] = [];
  const results: CaseResult[] = [];

  beforeAll(async () => {
    fleet = await startFleet();
    const stores = storesOf(fleet);
    const opened = connectors.map(async (connector, place) => {
      stages[place] = await openStage(stores, connector, { types: 4 });
    });
    await Promise.all(opened);
    await runInPool(
      stages.flatMap(({ cases }) => shuffled(cases).slice(0, sampleSize)),
      {
        stores,
        worlds: stages.map(({ world }) => world),
        processes: 2,
        slots: 4,
        onResult: (result) => results.push(result),
      },
    );
  }, 300_000);
  afterAll(async () => {
    for (const stage of stages) await stage?.close();
    await fleet?.close();
  });

  it('ends in the truth, in gaps or in an error, and never in anything false', () => {
    const charged = results.filter(({ charges }) => charges.length > 0);
    expect(charged.map(({ case: one, charges }) => ({ only: one.id, charges }))).toEqual([]);
    expect(results).toHaveLength(sampleSize * connectors.length);
  });

  it('meets faults at all, and both recovers from some and tells of others', () => {
    const ends = new Set(results.map(({ end }) => end));
    expect([...ends].sort()).toEqual(['error', 'gap', 'true']);
    expect(results.filter(({ struck }) => struck === 0).map(({ case: one }) => one.id)).toEqual([]);
  });

  it('breaks nothing of ours', () => {
    expect(results.flatMap(({ defects }) => defects)).toEqual([]);
  });
});
