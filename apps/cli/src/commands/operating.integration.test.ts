import { requestSync } from '@evidence-fleet/db';
import { createProducer, type Producer } from '@evidence-fleet/queue';
import { createLogger } from '@evidence-fleet/service';
import {
  createHold,
  type Fleet,
  type FleetProcess,
  type GitHubSimulator,
  generateGitHubWorld,
  type Hold,
  startFleet,
  startGitHub,
  type Tenant,
  until,
} from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runFleet } from '../testing/run-fleet.ts';

/** A small part, so that a sync is a few calls. */
const types = ['github.organization'];
const size = { repositories: 1, members: 1, pullRequests: 1, alerts: 1, denied: 0 };

let fleet: Fleet;
let github: GitHubSimulator;
let tenant: Tenant;
let producer: Producer;
let worker: FleetProcess;

beforeAll(async () => {
  fleet = await startFleet();
  const world = generateGitHubWorld(size);
  github = await startGitHub(world);
  tenant = await fleet.tenant('acme');
  producer = createProducer({ redis: fleet.redisUrl, log: createLogger({ name: 'test', level: 'silent' }) });
  worker = await fleet.start('worker', { SYNC_NOW_SLOTS: '1', QUOTA_SHARE: '1' });
  ask = async (name) => {
    const integrationId = await tenant.add({
      ...{ connector: 'github', name, kind: 'token', secrets: { token: world.tokens[0]?.secret } },
      ...{ settings: { organizations: [world.organizations[0]?.login] }, endpoint: github.url },
    });
    const { runId, ring } = await requestSync(fleet.database, {
      organizationId: tenant.organizationId,
      ...{ integrationId, types },
    });
    if (ring === null) throw new Error('a new integration has no run to join');
    await producer.ringSync([{ ...ring, queue: 'sync-now' }]);
    return runId;
  };
}, 60_000);
afterAll(async () => {
  await producer?.close();
  await fleet?.close();
  await github?.close();
});

let ask: (name: string) => Promise<string>;

function hold(): Hold {
  const held = createHold();
  github.faults.add({ ...held.fault, match: /./, times: Number.POSITIVE_INFINITY });
  return held;
}

const operate = (args: string[]) =>
  runFleet(args, { env: { SCHEDULER_DATABASE_URL: fleet.schedulerUrl, REDIS_URL: fleet.redisUrl } });

const json = async (args: string[]) => {
  const ran = await operate([...args, '--json']);
  expect(ran).toMatchObject({ code: 0 });
  return JSON.parse(ran.stdout);
};

async function stateOf(runId: string): Promise<string> {
  const { rows } = await fleet.superuser.query('SELECT state::text FROM sync_run WHERE id = $1', [runId]);
  return rows[0]?.state;
}

const ended = (runId: string) => until('the run ends', async () => (await stateOf(runId)) === 'succeeded');

describe('operators', () => {
  it('see who runs what, hold a queue, wait for what is in hand, and let it go on', async () => {
    const held = hold();
    const [first] = [await ask('first'), await held.reached];
    const [seen] = await json(['workers']);
    expect(seen).toMatchObject({
      name: expect.stringMatching(new RegExp(`-${worker.pid}$`)),
      queues: ['sync', 'sync-now', 'health', 'notify'],
      work: [{ kind: 'sync on demand', connector: 'github', organizationId: tenant.organizationId, id: first }],
    });
    expect((await operate(['workers'])).stdout).toMatch(new RegExp(`sync on demand +github +${first}`));

    expect(await json(['queues', 'pause', 'sync-now'])).toEqual({ paused: ['sync-now'] });
    await worker.logged('settings.changed');
    const second = await ask('second');
    expect(await json(['queues'])).toContainEqual(
      expect.objectContaining({ queue: 'sync-now', waiting: 1, active: 1, pausedBy: expect.stringMatching(/^cli:/) }),
    );
    const late = await operate(['queues', 'drain', 'sync-now', '--timeout', '1']);
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('1 jobs were still in hand after 1 s') });
    held.release();
    github.faults.clear();
    expect(await json(['queues', 'drain', 'sync-now'])).toEqual({ paused: ['sync-now'], left: 0 });
    await ended(first);
    expect(await stateOf(second)).toBe('queued');
    expect(await json(['queues', 'resume', 'sync-now'])).toEqual({ resumed: ['sync-now'] });
    await ended(second);
  });

  it('give workers more slots, and take them back', async () => {
    await json(['workers', 'set', '--slots', '2', '--queue', 'sync-now']);
    const held = hold();
    const runs = [await ask('third'), await ask('fourth')];
    await until('both are at work', async () =>
      (await Promise.all(runs.map(stateOf))).every((state) => state === 'running'),
    );
    held.release();
    github.faults.clear();
    await Promise.all(runs.map(ended));
    await json(['workers', 'reset']);
    expect((await json(['queues'])).map(({ slots }: { slots: unknown }) => slots)).toEqual([null, null, null, null]);
  });

  it('change the share of quotas', async () => {
    await json(['quota', 'set', '--share', '0.25']);
    await until('the worker follows', () => worker.log.some((line) => line.includes('"quotaShare":0.25')));
    expect((await operate(['quota'])).stdout).toContain('0.25 of every documented limit');
    expect(await json(['quota', 'reset'])).toEqual({ share: null });
  });

  it('are told what is not meant', async () => {
    const refused = async (...args: string[]) => (await operate(args)).stderr;
    expect(await refused('queues', 'pause')).toContain('Name queues (sync, sync-now, health, notify), or say --all.');
    expect(await refused('queues', 'pause', 'mail')).toContain('Allowed choices are sync');
    expect(await refused('workers', 'set', '--slots', '201')).toContain('start more workers');
    expect(await refused('quota', 'set', '--share', '2')).toContain('not above 0 and at most 1');
    expect((await runFleet(['workers'])).stderr).toContain('SCHEDULER_DATABASE_URL is not set');
  });
});
