import { randomUUID } from 'node:crypto';
import { type RedisServer, startRedis } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Board, startBoard } from './board.ts';
import { createProducer } from './index.ts';

const token = 'token-of-this-test';
const log = { debug() {}, info() {}, warn() {}, error() {} };

let redis: RedisServer;
let board: Board;
const job = { organizationId: randomUUID(), runId: randomUUID() };

beforeAll(async () => {
  redis = await startRedis();
  const producer = createProducer({ redis: redis.url, log });
  await producer.ringSync([{ ...job, ring: 1, rank: 1, queue: 'sync' }]);
  await producer.close();
  board = await startBoard({ redis: redis.url, host: '127.0.0.1', port: 0, token, log });
});
afterAll(async () => {
  await board?.close();
  await redis?.close();
});

const ask = (path: string, authorization?: string, method = 'GET') =>
  fetch(`${board.url}${path}`, { method, headers: authorization === undefined ? {} : { authorization } });
const basic = (password: string) => `Basic ${Buffer.from(`ada:${password}`).toString('base64')}`;

describe('the board', () => {
  it('shows nothing to whoever lacks the token', async () => {
    for (const authorization of [undefined, 'Bearer wrong', basic('wrong'), `Digest ${token}`, 'Bearer'])
      for (const path of ['/', '/api/queues', '/static/images/logo.svg', '/nothing'])
        expect({ authorization, path, status: (await ask(path, authorization)).status }).toMatchObject({ status: 401 });
    expect((await ask('/')).headers.get('www-authenticate')).toContain('Basic');
  });

  it('shows every queue, and the ids that a job carries, to whoever has it', async () => {
    expect(await (await ask('/', basic(token))).text()).toContain('<html');
    const answer = await (await ask('/api/queues?activeQueue=sync&status=prioritized', `Bearer ${token}`)).text();
    for (const name of ['sync', 'sync-now', 'health', 'notify']) expect(answer).toContain(`"${name}"`);
    expect(answer).toContain(job.runId);
  });

  it('changes nothing', async () => {
    const { status } = await ask('/api/queues/sync/pause', `Bearer ${token}`, 'PUT');
    expect(status).toBeGreaterThanOrEqual(400);
  });
});
