import { createToken, listTokens, revokeToken, uuid } from '@evidence-fleet/db';
import { until } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startTestApi, type TestApi, type TestCaller } from './testing/start-test-api.ts';

let world: TestApi;
let caller: TestCaller;
beforeAll(async () => {
  world = await startTestApi({ perMinute: 80 });
  caller = await world.organization();
});
afterAll(async () => {
  await world?.close();
});

const get = (path: string, headers: Record<string, string> = {}) =>
  world.api.server.inject({ method: 'GET', url: `/api/v1${path}`, headers });

describe('who may call', () => {
  it('is nobody without a token that counts, and each is told why', async () => {
    const { organizationId } = caller;
    const make = (name: string) =>
      createToken(world.database, { organizationId, name, scopes: ['runs:read'], days: 1, actor: 'test' });
    const [revoked, expired] = [await make('revoked'), await make('expired')];
    await revokeToken(world.database, { organizationId, nameOrId: 'revoked', actor: 'test' });
    const superuser = new pg.Client({ connectionString: world.servers.database.superuser });
    await superuser.connect();
    await superuser.query('UPDATE service_token SET expires_at = now() WHERE id = $1', [expired.id]);
    await superuser.end();
    for (const [authorization, detail] of [
      ['', /Send `Authorization: Bearer/],
      ['Basic abc', /Send `Authorization: Bearer/],
      ['Bearer nonsense', /not known/],
      [`Bearer ${caller.token.slice(0, -3)}AAA`, /not known/],
      [`Bearer ${revoked.token}`, /revoked/],
      [`Bearer ${expired.token}`, /expired/],
    ] as const) {
      const response = await get('/runs', authorization === '' ? {} : { authorization });
      expect({ authorization, status: response.statusCode }).toEqual({ authorization, status: 401 });
      expect(response.headers['www-authenticate']).toMatch(/^Bearer realm=/);
      expect(response.json()).toMatchObject({ code: 'unauthenticated', detail: expect.stringMatching(detail) });
    }
  });

  it('is held to the scopes of its token', async () => {
    const { token } = await createToken(world.database, {
      ...{ organizationId: caller.organizationId, name: 'reader', scopes: ['runs:read'], days: 1, actor: 'test' },
    });
    const authorization = `Bearer ${token}`;
    expect((await get('/runs', { authorization })).statusCode).toBe(200);
    const refused = await get('/evidence', { authorization });
    expect(refused.json()).toMatchObject({
      status: 403,
      code: 'forbidden',
      detail: expect.stringMatching(/evidence:read/),
    });
    const sync = { method: 'POST', url: `/api/v1/integrations/${caller.integrationId}/sync` } as const;
    expect((await world.api.server.inject({ ...sync, headers: { authorization } })).statusCode).toBe(403);
  });

  it('sees nothing of another organization, not even that it is there', async () => {
    const other = await world.organization();
    const { runId } = await caller.json('POST', `/integrations/${caller.integrationId}/sync`);
    for (const [method, path] of [
      ['GET', `/integrations/${caller.integrationId}`],
      ['POST', `/integrations/${caller.integrationId}/sync`],
      ['POST', `/integrations/${caller.integrationId}/check`],
      ['GET', `/runs/${runId}`],
      ['GET', `/runs/${runId}/events`],
      ['POST', `/runs/${runId}/cancel`],
    ] as const) {
      const theirs = await other.call(method, path);
      const nobodys = await other.call(method, path.replace(/[0-9a-f-]{36}/, uuid()));
      expect({ path, status: theirs.statusCode, code: theirs.json().code }).toEqual({
        path,
        status: 404,
        code: 'not_found',
      });
      const ofNobody = { ...nobodys.json<object>(), requestId: expect.any(String) };
      expect(theirs.json()).toEqual(ofNobody);
    }
    expect(await other.json('GET', '/runs')).toEqual({ items: [], nextCursor: null });
    expect(await caller.json('GET', `/runs/${runId}`)).toMatchObject({ state: 'queued' });
  });

  it('is noted as the last use of its token', async () => {
    const other = await world.organization();
    await other.json('GET', '/runs');
    const used = async () =>
      (await listTokens(world.database, { organizationId: other.organizationId }))[0]?.lastUsedAt ?? null;
    expect(await until('its use is noted', used)).toBeInstanceOf(Date);
  });

  it('is sent away when it asks too often, and told when to come again; others are not', async () => {
    const [greedy, modest] = [await world.organization(), await world.organization()];
    const answers = await Promise.all(Array.from({ length: 100 }, () => greedy.call('GET', '/verdicts')));
    const refused = answers.filter(({ statusCode }) => statusCode === 429);
    expect(refused.length).toBeGreaterThanOrEqual(50);
    expect(refused[0]?.json()).toMatchObject({ code: 'rate_limited', status: 429 });
    expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect((await modest.call('GET', '/verdicts')).statusCode).toBe(200);
  });

  it('leaves no token in the log', () => {
    expect(world.log.length).toBeGreaterThan(50);
    expect(world.log.join('')).not.toMatch(/evf_/);
  });
});
