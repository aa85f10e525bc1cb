import { createDatabase, type Database, uuid } from '@evidence-fleet/db';
import { createProducer, type Producer } from '@evidence-fleet/queue';
import { createFleetDatabase, type DatabaseUrls, type Postgres, type RedisServer } from '@evidence-fleet/testbed';
import { Redis } from 'ioredis';
import pg from 'pg';
import { installObserver } from './observed.ts';

/** Where one lane plays: a database and a Redis database of its own, since feeding, reaping and flushing are for a whole fleet. */
export interface Place {
  readonly urls: DatabaseUrls;
  readonly redis: string;
}

/** One after the other: roles belong to the server, and every lane's database knows the same. */
export async function preparePlaces(postgres: Postgres, redis: RedisServer, count: number): Promise<Place[]> {
  const places: Place[] = [];
  for (let index = 0; index < count; index += 1) {
    const urls = await createFleetDatabase(postgres, `lane_${index}`, 'model');
    places.push({ urls, redis: `${redis.url}/${index}` });
  }
  return places;
}

/** The real parts of one lane: the database by its roles, the producer, and a look behind both. */
export interface Fleet {
  readonly app: Database;
  readonly scheduler: Database;
  readonly superuser: pg.Pool;
  readonly producer: Producer;
  readonly redis: Redis;
  close(): Promise<void>;
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

export async function openFleet({ urls, redis: url }: Place): Promise<Fleet> {
  const superuser = new pg.Pool({ connectionString: urls.superuser, max: 3 });
  superuser.on('error', () => {}); // an idle connection that breaks while the server goes down
  await installObserver(superuser);
  const app = createDatabase({ url: urls.app, poolSize: 6 });
  const scheduler = createDatabase({ url: urls.scheduler, poolSize: 3 });
  const producer = createProducer({ redis: url, log: silent });
  const redis = new Redis(url);
  return {
    app,
    scheduler,
    superuser,
    producer,
    redis,
    async close() {
      await producer.close();
      redis.disconnect();
      await Promise.all([app.close(), scheduler.close(), superuser.end()]);
    },
  };
}

export interface Target {
  readonly organizationId: string;
  readonly integrationId: string;
}

/** A fresh pair of organizations with hourly integrations that are not due; what an earlier history left is out of the way. */
export async function seed({ superuser, redis }: Fleet, counts: readonly number[]): Promise<Target[]> {
  const targets = counts.flatMap((count) => {
    const organizationId = uuid();
    return Array.from({ length: count }, () => ({ organizationId, integrationId: uuid() }));
  });
  await superuser.query(`
    UPDATE sync_run SET state = 'cancelled', finished_at = now() WHERE state IN ('queued', 'running', 'waiting');
    UPDATE integration SET status = 'paused', next_sync_at = NULL WHERE status <> 'paused';`);
  await superuser.query(
    'INSERT INTO organization (id, slug, name) SELECT DISTINCT id, id::text, id::text FROM unnest($1::uuid[]) AS made (id)',
    [targets.map(({ organizationId }) => organizationId)],
  );
  await superuser.query(
    `INSERT INTO integration (organization_id, id, connector, name, settings, status, account_id, interval_minutes, next_sync_at)
     SELECT organization_id, id, 'test', id::text, '{}', 'active', 'account', 60, now() + interval '1 day'
     FROM unnest($1::uuid[], $2::uuid[]) AS made (organization_id, id)`,
    [targets.map((one) => one.organizationId), targets.map((one) => one.integrationId)],
  );
  await redis.flushdb();
  return targets;
}
