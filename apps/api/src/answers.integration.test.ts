import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { databaseTime, uuid } from '@evidence-fleet/db';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { endpoints } from './endpoints.ts';
import { problem } from './problem.ts';
import { readSome } from './testing/read-some.ts';
import { startTestApi, type TestApi, type TestCaller } from './testing/start-test-api.ts';

let world: TestApi;
let superuser: pg.Client;
let caller: TestCaller;
let other: TestCaller;
let firstRead: Date;
let port: number;
const many = Object.fromEntries(Array.from({ length: 23 }, (_, index) => [`r${index}`, 1]));

beforeAll(async () => {
  world = await startTestApi();
  port = await world.api.listen({ host: '127.0.0.1', port: 0 });
  superuser = new pg.Client({ connectionString: world.servers.database.superuser });
  await superuser.connect();
  [caller, other] = [await world.organization(), await world.organization()];
  const of = { organizationId: caller.organizationId, integrationId: caller.integrationId };
  await readSome(world.database, { ...of, type: 'github.repository', resources: many });
  firstRead = await databaseTime(world.database);
  await readSome(world.database, { ...of, type: 'github.repository', resources: { ...many, r0: 2 } });
  await readSome(world.database, { ...of, type: 'github.org_member', resources: { ada: 1, bob: 1 } });
  await readSome(world.database, {
    ...of,
    organizationId: other.organizationId,
    integrationId: other.integrationId,
    type: 'github.org_member',
    resources: { eve: 1 },
  });
});
afterAll(async () => {
  await superuser?.end();
  await world?.close();
});

interface Piece {
  readonly id: string;
  readonly type: string;
  readonly key: string[];
  readonly data: { readonly size: number };
}

/** Every page of a list, by its cursors. */
async function walk<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: T[]; nextCursor: string | null } = await caller.json(
      'GET',
      cursor === '' ? path : `${path}&cursor=${cursor}`,
    );
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

describe('evidence', () => {
  it.each([1, 5, 24, 25, 500])('is walked through in pages of %i, each piece once', async (limit) => {
    const pieces = await walk<Piece>(`/evidence?limit=${limit}`);
    expect(new Set(pieces.map(({ type, key }) => `${type} ${key}`)).size).toBe(25);
    expect(pieces).toHaveLength(25);
    expect(pieces.map(({ type }) => type)).toEqual(pieces.map(({ type }) => type).toSorted());
  });

  it('is shown as users see it, by type, alias and integration', async () => {
    const [piece] = await walk<Piece>('/evidence?type=repo_settings&limit=500');
    expect(piece).toMatchObject({
      type: 'github.repository',
      title: expect.any(String),
      source: { connector: 'github', integration: 'test', integrationId: caller.integrationId },
      metadata: { typeVersion: 1, hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      validTo: null,
      controls: expect.arrayContaining([expect.any(String)]),
    });
    expect(await walk('/evidence?type=github.org_member&limit=500')).toHaveLength(2);
    expect(await walk(`/evidence?integrationId=${caller.integrationId.toUpperCase()}&limit=500`)).toHaveLength(25);
    expect(await walk(`/evidence?integrationId=${other.integrationId}&limit=500`)).toEqual([]);
    expect(await walk('/evidence?type=github.nothing&limit=500')).toEqual([]);
  });

  it('is shown as it stood at a time, on every page', async () => {
    const sizes = async (query: string) =>
      (await walk<Piece>(`/evidence?type=github.repository&limit=4${query}`))
        .map(({ data }) => data.size)
        .toSorted()
        .at(-1);
    expect(await sizes('')).toBe(2);
    expect(await sizes(`&asOf=${firstRead.toISOString()}`)).toBe(1);
    expect(await walk(`/evidence?limit=500&asOf=${firstRead.toISOString()}`)).toHaveLength(23);
    const future = new Date(Date.now() + 3_600_000).toISOString();
    expect((await caller.call('GET', `/evidence?asOf=${future}`)).json()).toMatchObject({ status: 400 });
  });

  it('is exported as JSON lines, as many as there are', async () => {
    const response = await caller.call('GET', '/evidence/export');
    expect(response.headers['content-type']).toBe('application/jsonl');
    expect(response.body.endsWith('}\n')).toBe(true);
    const lines = response.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual(await walk('/evidence?limit=500'));
    const then = await caller.call('GET', `/evidence/export?type=repository&asOf=${firstRead.toISOString()}`);
    expect(then.body.split('\n')).toHaveLength(24);
    expect((await caller.call('GET', '/evidence/export?type=github.nothing')).body).toBe('');
  });
});

describe('findings', () => {
  it('are walked through, those that fail or are unknown by themselves', async () => {
    await superuser.query(
      `INSERT INTO finding (organization_id, id, integration_id, from_run_id, control_id, type, resource_sha, resource, status, reason, valid_from)
       SELECT $1, gen_random_uuid(), $2, gen_random_uuid(), 'control-' || n % 2, 'github.repository', sha256(n::text::bytea), 'r' || n,
         (ARRAY['fail', 'pass', 'unknown'])[1 + n % 3], 'because', now() FROM generate_series(1, 12) AS n`,
      [caller.organizationId, caller.integrationId],
    );
    const resources = async (query: string) =>
      (await walk<{ resource: string }>(`/findings?limit=3${query}`)).map(({ resource }) => resource);
    expect(new Set(await resources('')).size).toBe(8);
    expect(await resources('')).toHaveLength(8);
    expect(await resources('&status=pass')).toHaveLength(4);
    expect(await resources('&controlId=control-1')).toHaveLength(4);
    expect(await resources(`&integrationId=${other.integrationId}`)).toEqual([]);
    expect((await other.json('GET', '/findings')).items).toEqual([]);
  });
});

describe('verdicts', () => {
  it('are those of every control, judged or not, and stale ones read unknown', async () => {
    await superuser.query(
      `INSERT INTO verdict (organization_id, id, from_run_id, control_id, status, why, fresh_until, valid_from)
       VALUES ($1, gen_random_uuid(), gen_random_uuid(), 'mfa-for-people', 'pass', '{"counts": {"pass": 3}}', now() - interval '1 h', now() - interval '2 h')`,
      [caller.organizationId],
    );
    const { items } = await caller.json('GET', '/verdicts');
    expect(items.length).toBeGreaterThan(30);
    const byControl = new Map(items.map((one: { controlId: string }) => [one.controlId, one]));
    expect(byControl.get('mfa-for-people')).toMatchObject({ status: 'unknown', isStale: true, counts: { pass: 3 } });
    expect(byControl.get('keys-rotated')).toMatchObject({ status: null, since: null });
  });
});

describe('what cannot be answered', () => {
  it.each([
    ['an address that is none', 'GET', '/nothing', {}, 404],
    ['an id that is none', 'GET', '/runs/1', {}, 400],
    ['an id with an escape', 'GET', '/runs/%00%F0%9F', {}, 400],
    ['a parameter that is none', 'GET', '/runs?limits=1', {}, 400],
    ['a parameter twice', 'GET', '/runs?limit=1&limit=2', {}, 400],
    ['a limit past the highest', 'GET', '/runs?limit=501', {}, 400],
    ['a type with a NUL', 'GET', '/evidence?type=a%00b', {}, 400],
    ['a time before all times', 'GET', '/evidence?asOf=-271821-04-20T00:00:00Z', {}, 400],
    ['a day that is none', 'GET', '/evidence?asOf=2026-02-30T00:00:00Z', {}, 400],
    ['a cursor that is none', 'GET', '/findings?cursor=AAAA', {}, 400],
    [
      'a body that is no JSON',
      'POST',
      '/integrations/ID/sync',
      { payload: '{"types":', headers: { 'content-type': 'application/json' } },
      400,
    ],
    ['a body that is a list', 'POST', '/integrations/ID/sync', { payload: [] }, 400],
    [
      'a body of another kind',
      'POST',
      '/integrations/ID/sync',
      { payload: 'types=a', headers: { 'content-type': 'text/plain' } },
      415,
    ],
    ['a body that is too large', 'POST', '/integrations/ID/sync', { payload: { types: ['a'.repeat(70_000)] } }, 413],
    [
      'a prototype in a body',
      'POST',
      '/integrations/ID/sync',
      { payload: '{"__proto__": {}}', headers: { 'content-type': 'application/json' } },
      400,
    ],
    ['an event that is none', 'GET', `/runs/${uuid()}/events`, { headers: { 'last-event-id': 'a b' } }, 400],
  ] as const)('says so of %s', async (_what, method, path, options, status) => {
    const response = await caller.call(method, path.replace('ID', caller.integrationId), options);
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    const told = problem.parse(response.json());
    expect(told).toMatchObject({ status, type: `urn:evidence-fleet:problem:${told.code}` });
    expect(told.detail.length).toBeGreaterThan(10);
    expect(response.headers['x-request-id']).toBe(told.requestId);
  });

  it('says which methods an address takes', async () => {
    for (const path of new Set(endpoints.map((endpoint) => endpoint.path))) {
      const url = path.replace('{id}', uuid());
      const response = await world.api.server.inject({ method: 'DELETE', url });
      expect({ path, status: response.statusCode }).toEqual({ path, status: 405 });
      for (const method of ['TRACE', 'QUERY', 'PROPFIND'] as const) {
        const rare = await world.api.server.inject({ method: method as 'DELETE', url }); // its types know the usual ones only
        expect({ method, path, status: rare.statusCode }).toEqual({ method, path, status: 405 });
      }
      const takes = endpoints.filter((endpoint) => endpoint.path === path).map(({ method }) => method);
      expect(response.headers.allow).toBe(takes.join(', '));
      expect(problem.parse(response.json()).code).toBe('method_not_allowed');
    }
  });

  it.each([
    ['no HTTP at all', 'nonsense\r\n\r\n', 400],
    ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['a request without a host', 'GET /api/v1/runs HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    [
      'an expectation that HTTP does not know',
      'GET /api/v1/runs HTTP/1.1\r\nHost: x\r\nExpect: 200-nothing\r\nConnection: close\r\n\r\n',
      401,
    ],
    ['an address with a broken escape', 'GET /api/v1/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
  ])('is a problem also where it is %s', async (_what, sent, status) => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(sent);
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head.toLowerCase()).toContain('content-type: application/problem+json');
    expect(problem.parse(JSON.parse(body)).status).toBe(status);
  });

  it('is known by the id that the caller gives it, where that is fit for a log', async () => {
    const asked = async (id: string) =>
      (await caller.call('GET', '/runs', { headers: { 'x-request-id': id } })).headers['x-request-id'];
    expect(await asked('deploy-42.a')).toBe('deploy-42.a');
    expect(await asked('not fit')).toMatch(/^[0-9a-f-]{36}$/);
    expect(world.log.some((line) => line.includes('"requestId":"deploy-42.a"'))).toBe(true);
  });

  it('has not been a fault of ours', () => {
    expect(world.log.filter((line) => line.includes('api.failed'))).toEqual([]);
  });
});
