import { claimRun, pauseIntegration, releaseRun, uuid } from '@evidence-fleet/db';
import { until } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { listenToEvents } from './testing/listen-to-events.ts';
import { readSome } from './testing/read-some.ts';
import { startTestApi, type TestApi, type TestCaller } from './testing/start-test-api.ts';

let world: TestApi;
let superuser: pg.Client;
let url: string;
let caller: TestCaller;
beforeAll(async () => {
  world = await startTestApi();
  url = `http://127.0.0.1:${await world.api.listen({ host: '127.0.0.1', port: 0 })}/api/v1`;
  superuser = new pg.Client({ connectionString: world.servers.database.superuser });
  await superuser.connect();
});
afterAll(async () => {
  await superuser?.end();
  await world?.close();
});
beforeEach(async () => {
  caller = await world.organization();
});

const sync = (payload?: object, headers: Record<string, string> = {}) =>
  caller.call('POST', `/integrations/${caller.integrationId}/sync`, { ...(payload && { payload }), headers });
const claim = async (runId: string) => {
  const run = await claimRun(world.database, { organizationId: caller.organizationId, runId, worker: 'test' });
  if (run === null) throw new Error('not claimed');
  return run;
};
const ended = { kind: 'end', state: 'succeeded', error: null } as const;

describe('a sync on demand', () => {
  it('is stored, rung for and answered with its run', async () => {
    const response = await sync({ types: ['branch_protection', 'github.repo_settings'] });
    expect(response.statusCode).toBe(202);
    const { runId, how, run } = response.json();
    expect(response.headers.location).toBe(`/api/v1/runs/${runId}`);
    expect({ how, run }).toMatchObject({
      how: 'created',
      run: { id: runId, state: 'queued', trigger: 'demand', types: ['github.branch_protection', 'github.repository'] },
    });
    await until(
      'its doorbell stands in Redis',
      async () => (await world.producer.standing('sync-now', [`${runId}-1`]))[0],
    );
    await claim(runId);
  });

  it('joins a run that has not begun, and follows one that has, under an id that is told at once', async () => {
    const first = (await sync({ types: ['github.org_member'] })).json();
    expect((await sync()).json()).toMatchObject({ runId: first.runId, how: 'joined', run: { types: [] } });
    const run = await claim(first.runId);
    const next = (await sync({ types: ['github.repository'] })).json();
    expect(next).toMatchObject({
      how: 'follow_up',
      run: { state: 'queued', waitsFor: { runId: first.runId, state: 'running' } },
    });
    expect((await sync()).json()).toMatchObject({ runId: next.runId, how: 'follow_up' });
    expect(await caller.json('GET', `/runs/${next.runId}`)).toMatchObject({ id: next.runId, types: [], streams: [] });
    const refused = await caller.call('POST', `/runs/${next.runId}/cancel`);
    expect(refused.json()).toMatchObject({ status: 409, detail: expect.stringContaining(first.runId) });
    await releaseRun(world.database, run, ended, null);
    expect(await caller.json('GET', `/runs/${next.runId}`)).toMatchObject({ state: 'queued', waitsFor: null });
  });

  it('asked for again with the same key is the same, and with another body is refused', async () => {
    const key = { 'idempotency-key': 'deploy-1' };
    const first = (await sync({ types: ['github.repository'] }, key)).json();
    await releaseRun(world.database, await claim(first.runId), ended, null);
    const again = await sync({ types: ['repository'] }, key);
    expect(again.json()).toMatchObject({ runId: first.runId, how: 'created', run: { state: 'succeeded' } });
    const other = await sync({}, key);
    expect(other.json()).toMatchObject({ status: 422, code: 'key_reused' });
    expect((await sync({}, { 'idempotency-key': 'with spaces' })).json()).toMatchObject({
      status: 400,
      errors: [{ in: 'header', field: 'Idempotency-Key' }],
    });
  });

  it('asked for by many at once begins once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => sync()));
    expect(new Set(answers.map((answer) => answer.json().runId)).size).toBe(1);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(202));
  });

  it('names types that are not there, and fields that are not known', async () => {
    const unknown = (await sync({ types: ['github.repository', 'aws.iam_user'] })).json();
    expect(unknown).toMatchObject({ status: 400, errors: [{ in: 'body', field: 'types.1' }] });
    expect((await sync({ typs: [] })).json()).toMatchObject({ status: 400, errors: [{ in: 'body', field: 'typs' }] });
  });

  it('is refused while its integration is quarantined, with what to do', async () => {
    const { runId } = (await sync()).json();
    await releaseRun(world.database, await claim(runId), { ...ended, state: 'failed', quarantine: true }, null);
    expect((await sync()).json()).toMatchObject({
      status: 409,
      detail: expect.stringContaining(`fleet runs redrive ${runId}`),
    });
  });
});

describe('a run', () => {
  it('is shown with its streams, gaps, calls and manifest', async () => {
    const { organizationId, integrationId } = caller;
    const runId = await readSome(world.database, {
      ...{ organizationId, integrationId, type: 'github.repository', resources: { a: 1, b: 2 } },
      gaps: ['permission_denied'],
    });
    const run = await caller.json('GET', `/runs/${runId.toUpperCase()}`);
    expect(run).toMatchObject({
      ...{ id: runId, integration: 'test', connector: 'github', state: 'partial', error: null, availableAt: null },
      counts: { slices: 1, slicesClosed: 1, seen: 2, added: 2, gaps: 1 },
      streams: [{ type: 'github.repository', status: 'partial', added: 2 }],
      gaps: [{ reason: 'permission_denied', detail: 'Say what to do.', closedAt: null }],
      calls: [{ operation: 'GET /x', calls: 2 }],
      manifest: { version: 1, account: 'account-1' },
    });
    expect(Object.keys(run.streams[0])).not.toContain('id');
  });

  it('is cancelled once: at once where no worker holds it', async () => {
    const { runId } = (await sync()).json();
    expect(await caller.json('POST', `/runs/${runId}/cancel`)).toEqual({ runId, outcome: 'cancelled' });
    expect((await caller.call('POST', `/runs/${runId}/cancel`)).json()).toMatchObject({
      status: 409,
      detail: 'The run has ended already: it is cancelled.',
    });
    const next = (await sync()).json();
    await claim(next.runId);
    expect(await caller.json('POST', `/runs/${next.runId}/cancel`)).toMatchObject({ outcome: 'requested' });
  });

  it('is found on exactly one page, the latest first', async () => {
    const runIds: string[] = [];
    for (let count = 0; count < 7; count += 1) {
      const { runId } = (await sync()).json();
      await caller.json('POST', `/runs/${runId}/cancel`);
      runIds.unshift(runId);
    }
    const seen: string[] = [];
    let path = '/runs?limit=3&state=cancelled';
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { items: { id: string }[]; nextCursor: string | null } = await caller.json('GET', path);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
      path = `/runs?limit=3&state=cancelled&cursor=${cursor}`;
    }
    expect(seen).toEqual(runIds);
    const { nextCursor } = await caller.json('GET', '/runs?limit=3');
    expect((await caller.call('GET', `/runs?limit=3&state=failed&cursor=${nextCursor}`)).json()).toMatchObject({
      status: 400,
      errors: [{ in: 'query', field: 'cursor' }],
    });
  });
});

describe('the events of a run', () => {
  const listen = (runId: string, lastEventId?: string) =>
    listenToEvents(`${url}/runs/${runId}/events`, {
      authorization: `Bearer ${caller.token}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    });

  it('tell every change and the end, and go on behind the last that was heard', async () => {
    const { runId } = (await sync()).json();
    const first = await listen(runId);
    const queued = await first.next();
    expect(queued).toMatchObject({ event: 'progress', data: { id: runId, state: 'queued', progress: [] } });
    await first.stop();

    const second = await listen(runId, queued?.id);
    const run = await claim(runId);
    const running = await second.next();
    expect(running).toMatchObject({ event: 'progress', data: { state: 'running' } });
    await releaseRun(world.database, run, ended, null);
    const last = await second.next();
    expect(last).toMatchObject({ event: 'end', data: { state: 'succeeded' } });
    expect(await second.next()).toBeNull();

    expect(await (await listen(runId, running?.id)).next()).toEqual(last);
    expect((await listen(runId, last?.id)).status).toBe(204);
  });

  it('follow a request behind another run until it begins, or is dropped', async () => {
    const before = (await sync()).json();
    const run = await claim(before.runId);
    const { runId } = (await sync()).json();
    const listening = await listen(runId);
    expect(await listening.next()).toMatchObject({ data: { id: runId, waitsFor: { runId: before.runId } } });
    await pauseIntegration(world.database, caller);
    await releaseRun(world.database, run, ended, null);
    expect(await listening.next()).toMatchObject({
      event: 'end',
      data: { id: runId, state: 'cancelled', error: { code: 'dropped' } },
    });
    expect((await listen(runId)).status).toBe(404);
  });
});

describe('an integration', () => {
  it('is listed page by page, and shown with its state', async () => {
    await superuser.query(
      `INSERT INTO integration (organization_id, id, connector, name, settings, status)
       SELECT $1, gen_random_uuid(), 'aws', 'aws ' || n, '{"secretish": true}', 'error' FROM generate_series(1, 4) AS n`,
      [caller.organizationId],
    );
    const names: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await caller.json('GET', `/integrations?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      names.push(...page.items.map(({ name }: { name: string }) => name));
      cursor = page.nextCursor;
    }
    expect(names.toSorted()).toEqual(['aws 1', 'aws 2', 'aws 3', 'aws 4', 'test']);
    expect((await caller.json('GET', '/integrations?connector=aws&status=error')).items).toHaveLength(4);
    const shown = await caller.call('GET', `/integrations/${caller.integrationId}`);
    expect(shown.json()).toMatchObject({
      name: 'test',
      status: 'active',
      account: { id: 'account-1' },
      checkedAt: null,
    });
    expect(shown.body).not.toContain('settings');
  });

  it('is checked when somebody asks: its check is due at once', async () => {
    const due = async () => {
      const { rows } = await superuser.query('SELECT next_health_at <= now() AS due FROM integration WHERE id = $1', [
        caller.integrationId,
      ]);
      return rows[0]?.due;
    };
    await superuser.query(`UPDATE integration SET next_health_at = now() + interval '1 h' WHERE id = $1`, [
      caller.integrationId,
    ]);
    expect(await due()).toBe(false);
    const asked = await caller.call('POST', `/integrations/${caller.integrationId}/check`);
    expect(asked.statusCode).toBe(202);
    expect(asked.json()).toMatchObject({ integrationId: caller.integrationId });
    expect(await due()).toBe(true);
    await pauseIntegration(world.database, caller);
    expect((await caller.call('POST', `/integrations/${caller.integrationId}/check`)).json()).toMatchObject({
      status: 409,
      detail: expect.stringContaining('paused'),
    });
    expect((await caller.call('POST', `/integrations/${uuid()}/check`)).statusCode).toBe(404);
  });
});
