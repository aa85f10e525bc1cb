import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  changeFleetSettings,
  claimRun,
  createDatabase,
  type Database,
  listHeldRuns,
  readFleetSettings,
  requestSync,
} from '../index.ts';

let server: TestDatabase;
let app: Database;
let scheduler: Database;

beforeAll(async () => {
  server = await startDatabase();
  app = createDatabase({ url: server.app });
  scheduler = createDatabase({ url: server.scheduler });
});
afterAll(async () => {
  await Promise.all([app?.close(), scheduler?.close()]);
  await server?.close();
});

describe('the settings of the fleet', () => {
  it('are none at first, and are changed and taken back together', async () => {
    expect(await readFleetSettings(app)).toEqual({ paused: new Map(), slots: new Map(), quotaShare: null });
    const changes = [
      { name: 'paused.sync', value: 1 },
      { name: 'slots.sync', value: 20 },
      { name: 'quota.share', value: 0.25 },
    ] as const;
    await changeFleetSettings(scheduler, changes, 'ada');
    const found = await readFleetSettings(app);
    expect(found).toEqual({
      paused: new Map([['sync', { at: expect.any(Date), by: 'ada' }]]),
      slots: new Map([['sync', 20]]),
      quotaShare: 0.25,
    });
    expect(await readFleetSettings(scheduler)).toEqual(found);
    await changeFleetSettings(
      scheduler,
      [
        { name: 'slots.sync', value: null },
        { name: 'quota.share', value: 0.5 },
      ],
      'bob',
    );
    expect(await readFleetSettings(app)).toMatchObject({ slots: new Map(), quotaShare: 0.5 });
  });

  it('keep who set them first where nothing changes', async () => {
    await changeFleetSettings(scheduler, [{ name: 'paused.health', value: 1 }], 'ada');
    const before = (await readFleetSettings(app)).paused.get('health');
    await changeFleetSettings(scheduler, [{ name: 'paused.health', value: 1 }], 'bob');
    expect((await readFleetSettings(app)).paused.get('health')).toEqual(before);
  });

  it('are refused where they cannot be meant, all of them', async () => {
    const changes = [
      { name: 'slots.notify', value: 3 },
      { name: 'quota.share', value: 1.5 },
    ] as const;
    await expect(changeFleetSettings(scheduler, changes, 'ada')).rejects.toThrow(/fleet_setting_check/);
    expect((await readFleetSettings(app)).slots.has('notify')).toBe(false);
  });

  it('are changed by nobody who sees one organization', async () => {
    await expect(changeFleetSettings(app, [{ name: 'quota.share', value: 1 }], 'eve')).rejects.toThrow(
      /permission denied/,
    );
  });
});

describe('the runs that workers hold', () => {
  it('are listed over all organizations, with who has them since when', async () => {
    const held: string[] = [];
    for (const worker of ['host-1', 'host-2']) {
      const { organizationId, integrationId } = await createTestOrganization(app);
      const { runId } = await requestSync(app, { organizationId, integrationId, types: [] });
      expect(await listHeldRuns(scheduler, 10)).toHaveLength(held.length);
      await claimRun(app, { organizationId, runId, worker });
      held.push(runId);
    }
    const found = await listHeldRuns(scheduler, 10);
    expect(found.map(({ worker, runId }) => [worker, runId])).toEqual([
      ['host-1', held[0]],
      ['host-2', held[1]],
    ]);
    expect(found[0]).toMatchObject({ connector: 'test', trigger: 'demand', since: expect.any(Date), isLapsed: false });
    expect(await listHeldRuns(scheduler, 1)).toHaveLength(1);
  });
});
