import { createDatabase, createToken, type Database, type TokenScope, tokenScopes } from '@evidence-fleet/db';
import { connectFailingFast, createProducer, type Producer } from '@evidence-fleet/queue';
import { createQuota } from '@evidence-fleet/quota';
import { createLogger, createMetrics, silentTracer } from '@evidence-fleet/service';
import {
  createTestOrganization,
  type RedisServer,
  startDatabase,
  startRedis,
  type TestDatabase,
  until,
} from '@evidence-fleet/testbed';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { type Api, createApi } from '../api.ts';
import { createDoorbell } from '../doorbell.ts';
import { createApiMetrics } from '../metrics.ts';
import { createRateLimiter } from '../rate-limiter.ts';

/** An API on real stores, in this process; nothing of it is another than in production. */
export interface TestApi {
  readonly api: Api;
  readonly database: Database;
  readonly servers: { readonly database: TestDatabase; readonly redis: RedisServer };
  readonly producer: Producer;
  /** Every line of its log. */
  readonly log: readonly string[];
  /** A new organization with one integration of GitHub. */
  organization(): Promise<TestCaller>;
  close(): Promise<void>;
}

export interface TestCaller {
  readonly organizationId: string;
  readonly integrationId: string;
  readonly tokenId: string;
  readonly token: string;
  /** Calls with its token. */
  call(method: 'GET' | 'POST', path: string, options?: InjectOptions): Promise<LightMyRequestResponse>;
  /** What is answered, as JSON; throws unless it is a success. */
  json(method: 'GET' | 'POST', path: string, options?: InjectOptions): Promise<ReturnType<typeof JSON.parse>>;
}

export async function startTestApi({ perMinute = 1_000_000 } = {}): Promise<TestApi> {
  const [server, redisServer] = await Promise.all([startDatabase(), startRedis()]);
  const lines: string[] = [];
  const log = createLogger({ name: 'api', level: 'info', destination: { write: (line) => void lines.push(line) } });
  const database = createDatabase({ url: server.app, poolSize: 10, patienceMs: 3_000 });
  const producer = createProducer({ redis: redisServer.url, log });
  const redis = connectFailingFast({ url: redisServer.url, name: 'rate-limit', log });
  await until('Redis is reached', () => redis.status === 'ready');
  const measure = createApiMetrics(createMetrics({ process: 'api' }));
  const doorbell = createDoorbell({ producer, log, onFailure: () => measure.ringFailures.inc() });
  const quota = createQuota({ redis, prefix: 'fleet:', share: 1, timeoutMs: 250 });
  const stopping = new AbortController();
  const api = createApi({
    ...{ database, doorbell, measure, log, tracer: silentTracer, stopping: stopping.signal },
    limiter: createRateLimiter({ quota, perMinute }),
  });
  return {
    ...{ api, database, producer, log: lines },
    servers: { database: server, redis: redisServer },
    organization: () => createCaller(database, api),
    async close() {
      stopping.abort();
      await api.close();
      await doorbell.close();
      redis.disconnect();
      await producer.close();
      await database.close();
      await Promise.all([server.close(), redisServer.close()]);
    },
  };
}

async function createCaller(database: Database, api: Api): Promise<TestCaller> {
  const organization = await createTestOrganization(database, 'github');
  const scopes = Object.keys(tokenScopes) as TokenScope[]; // Object.keys widens the literal keys
  const { organizationId } = organization;
  const { id: tokenId, token } = await createToken(database, {
    ...{ organizationId, name: 'test', scopes, days: 1, actor: 'test' },
  });
  const call: TestCaller['call'] = (method, path, { headers, ...options } = {}) =>
    api.server.inject({
      ...{ method, url: `/api/v1${path}`, headers: { authorization: `Bearer ${token}`, ...headers } },
      ...options,
    });
  return {
    ...{ ...organization, tokenId, token, call },
    async json(method, path, options) {
      const response = await call(method, path, options);
      if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${response.body}`);
      return response.json();
    },
  };
}
