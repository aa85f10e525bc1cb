import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { freePort, type RedisServer, startRedis } from '@evidence-fleet/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import {
  type Consumer,
  connectFailingFast,
  createConsumer,
  createProducer,
  createQueueReader,
  type Payload,
  type Producer,
  QueueUnavailableError,
  type SyncRing,
  syncJobId,
} from './index.ts';

interface Line {
  readonly level: string;
  readonly event: string;
  readonly fields: object;
}

function recorder() {
  const lines: Line[] = [];
  const at = (level: string) => (fields: object, event: string) => void lines.push({ level, event, fields });
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { lines, log, events: () => lines.map((line) => line.event) };
}

const ringOf = (changes: Partial<SyncRing> = {}): SyncRing => ({
  organizationId: randomUUID(),
  runId: randomUUID(),
  ring: 1,
  rank: 1,
  queue: 'sync',
  ...changes,
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(setImmediate);
}

describe('the queues', () => {
  let server: RedisServer;
  let producer: Producer;
  const opened: Consumer[] = [];
  const { log, lines } = recorder();

  beforeAll(async () => {
    server = await startRedis();
    producer = createProducer({ redis: server.url, log });
  });
  afterAll(async () => {
    await producer.close();
    await server.close();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((consumer) => consumer.close({ graceMs: 0 })));
    const redis = connectFailingFast({ url: server.url, name: 'test', log });
    await once(redis, 'ready');
    await redis.flushall();
    redis.disconnect();
    lines.length = 0;
  });
  const consume = (
    queue: 'sync' | 'sync-now',
    handle: (payload: Payload<'sync'>, signal: AbortSignal) => Promise<void>,
    slots = 1,
  ) => {
    const consumer = createConsumer({ redis: server.url, queue, slots, handle, log });
    opened.push(consumer);
    return consumer;
  };
  const idsOf = (rings: readonly SyncRing[]) => rings.map(syncJobId);

  it('takes jobs by rank, and equal ones in order of arrival', async () => {
    const rings = [3, 1, 2, 1].map((rank) => ringOf({ rank }));
    await producer.ringSync(rings);
    const taken: string[] = [];
    consume('sync', async ({ runId }) => void taken.push(runId));
    await until(() => taken.length === 4);
    expect(taken).toEqual([1, 3, 2, 0].map((index) => rings[index]?.runId));
  });

  it('tells the depth of every queue, and since when the first job of one without ranks waits', async () => {
    const before = Date.now();
    await producer.ringSync([ringOf(), ringOf({ queue: 'sync-now' }), ringOf()]);
    await producer.ringHealth([{ organizationId: randomUUID(), integrationId: randomUUID() }]);
    const afterwards = Date.now();
    await producer.ringHealth([{ organizationId: randomUUID(), integrationId: randomUUID() }]);
    const depths = await producer.depths();
    expect(depths).toMatchObject([
      { queue: 'sync', waiting: 2, active: 0, oldestAt: null },
      { queue: 'sync-now', waiting: 1 },
      { queue: 'health', waiting: 2 },
      { queue: 'notify', waiting: 0, oldestAt: null },
    ]);
    const oldest = depths[2]?.oldestAt?.getTime() ?? 0;
    expect(oldest >= before && oldest <= afterwards).toBe(true);
  });

  it('takes a repeated ring for none, and a further ring of the same run for a job', async () => {
    const ring = ringOf();
    await producer.ringSync([ring]);
    await producer.ringSync([ring, { ...ring, ring: 2 }]);
    expect(await producer.depth('sync')).toBe(2);
  });

  it('tells which jobs stand: waiting or just taken, not done, and not held for long', async () => {
    const [first, second, third] = [ringOf(), ringOf(), ringOf()];
    await producer.ringSync([first, second]);
    expect(await producer.standing('sync', idsOf([third, first, second]))).toEqual([false, true, true]);
    const inHand = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    consume('sync', async ({ runId }) => {
      if (runId === second.runId) return;
      inHand.resolve();
      await done.promise;
    });
    await inHand.promise;
    expect(await producer.standing('sync', idsOf([first, second]))).toEqual([true, true]);
    const redis = connectFailingFast({ url: server.url, name: 'test', log });
    await once(redis, 'ready');
    await redis.pexpire(`{sync}:sync:${syncJobId(first)}:lock`, 54_000); // what is left of it after 6 s
    expect(await producer.standing('sync', idsOf([first, second]))).toEqual([false, true]);
    redis.disconnect();
    done.resolve();
    await until(async () => !(await producer.standing('sync', idsOf([first, second]))).includes(true));
    expect(await producer.standing('sync', [])).toEqual([]);
  });

  it('keeps a request on demand out of the line of the schedule', async () => {
    await producer.ringSync(Array.from({ length: 50 }, () => ringOf()));
    const never = new Promise<void>(() => undefined);
    consume('sync', async (_, signal) => Promise.race([never, once(signal, 'abort').then(() => undefined)]));
    const ring = ringOf({ queue: 'sync-now' });
    const taken = Promise.withResolvers<string>();
    consume('sync-now', async ({ runId }) => taken.resolve(runId));
    await producer.ringSync([ring]);
    expect(await taken.promise).toBe(ring.runId);
  });

  it('refuses a bad payload, says so, removes it and goes on', async () => {
    await expect(producer.ringSync([ringOf({ runId: 'no-id' })])).rejects.toThrow(/not a payload/);
    const foreign = connectFailingFast({ url: server.url, name: 'test', log });
    const queue = new Queue('sync', { connection: foreign, prefix: '{sync}' });
    await queue.add('sync', { organizationId: 'x' }, { jobId: 'bad-one', attempts: 5 });
    const ring = ringOf();
    await producer.ringSync([ring]);
    const taken: string[] = [];
    consume('sync', async ({ runId }) => void taken.push(runId));
    await until(async () => taken.length === 1 && !(await producer.standing('sync', ['bad-one'])).includes(true));
    expect(taken).toEqual([ring.runId]);
    expect(lines.filter((line) => line.event === 'job.rejected')).toMatchObject([
      { level: 'error', fields: { queue: 'sync', jobId: 'bad-one' } },
    ]);
    await queue.close();
    foreign.disconnect();
  });

  it('neither repeats a job whose handler fails, nor writes the reason to Redis', async () => {
    const redis = connectFailingFast({ url: server.url, name: 'test', log });
    await producer.ringSync([ringOf(), ringOf()]);
    let calls = 0;
    consume('sync', async () => {
      calls++;
      throw new Error('planted-secret');
    });
    await until(async () => calls === 2 && (await producer.depth('sync')) === 0);
    await until(async () => (await redis.keys('{sync}:sync:*-1*')).length === 0);
    const events = JSON.stringify(await redis.xrange('{sync}:sync:events', '-', '+'));
    expect(events).toContain('failed: see the log');
    expect(events).not.toContain('planted-secret');
    expect(lines.filter((line) => line.event === 'job.failed')).toHaveLength(2);
    redis.disconnect();
  });

  it('closes in order: no new job, grace, cancel; what was not begun stands for others', async () => {
    const rings = [ringOf(), ringOf({ rank: 2 })];
    await producer.ringSync(rings);
    const begun: string[] = [];
    const consumer = consume('sync', async ({ runId }, signal) => {
      begun.push(runId);
      await once(signal, 'abort');
      expect(signal.reason).toBe('shutdown');
      begun.push('cancelled');
    });
    await until(() => begun.length === 1);
    expect(consumer.active).toBe(1);
    await consumer.close({ graceMs: 20 });
    expect(begun).toEqual([rings[0]?.runId, 'cancelled']);
    expect(consumer.active).toBe(0);
    expect(await producer.standing('sync', idsOf(rings))).toEqual([false, true]);
  });

  it('lets running jobs end within the grace', async () => {
    await producer.ringSync([ringOf()]);
    const begun = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    let wasCancelled: boolean | undefined;
    const consumer = consume('sync', async (_, signal) => {
      begun.resolve();
      await finish.promise;
      wasCancelled = signal.aborted;
    });
    await begun.promise;
    const closing = consumer.close({ graceMs: 30_000 });
    finish.resolve();
    await closing;
    expect(wasCancelled).toBe(false);
  });

  it('takes more jobs at once from the moment it is told to, and fewer when those that run have ended', async () => {
    await producer.ringSync(Array.from({ length: 4 }, () => ringOf()));
    const held: (() => void)[] = [];
    const consumer = consume('sync', async () => new Promise<void>((resolve) => held.push(resolve)));
    await until(() => held.length === 1);
    consumer.setSlots(3);
    await until(() => held.length === 3);
    consumer.setSlots(1);
    held.splice(0, 2).forEach((end) => void end());
    await until(() => consumer.active === 1);
    expect(held).toHaveLength(1);
    held.splice(0, 1).forEach((end) => void end());
    await until(() => held.length === 1);
    held.forEach((end) => void end());
  });

  it('takes jobs again when every reason not to is gone', async () => {
    const taken: string[] = [];
    const consumer = consume('sync', async ({ runId }) => void taken.push(runId));
    await producer.ringSync([ringOf()]);
    await until(() => taken.length === 1);
    await Promise.all([consumer.pause('operator'), consumer.pause('outage')]);
    await producer.ringSync([ringOf()]);
    consumer.resume('outage');
    consumer.setSlots(2);
    await producer.ping();
    // One that it was about to take when it was paused goes back to its place.
    await until(async () => (await producer.depth('sync')) === 1);
    expect(taken).toHaveLength(1);
    consumer.resume('operator');
    await until(() => taken.length === 2);
  });

  it('tells who is connected to what, and who has taken what', async () => {
    const reader = createQueueReader({ redis: server.url, log });
    const check = { organizationId: randomUUID(), integrationId: randomUUID() };
    const done = Promise.withResolvers<void>();
    const common = { redis: server.url, worker: 'host-1', slots: 1, log };
    opened.push(createConsumer({ ...common, queue: 'health', handle: () => done.promise }));
    opened.push(createConsumer({ ...common, queue: 'notify', handle: () => done.promise }));
    await producer.ringHealth([check]);
    await until(async () => (await reader.taken('health', 10)).length === 1);
    expect(await reader.taken('health', 10)).toEqual([
      { queue: 'health', worker: 'host-1', since: expect.any(Date), payload: check },
    ]);
    const isSeen = async () => (await reader.workers())?.[0]?.queues.length === 2;
    await until(isSeen);
    expect(await reader.workers()).toEqual([
      { name: 'host-1', queues: ['health', 'notify'], connectedForMs: expect.any(Number) },
    ]);
    done.resolve();
    await reader.close();
  });

  it('has one standing health check an integration', async () => {
    const check = { organizationId: randomUUID(), integrationId: randomUUID() };
    await producer.ringHealth([check]);
    await producer.ringHealth([check]);
    expect(await producer.depth('health')).toBe(1);
  });
});

describe('without Redis', () => {
  it('fails within seconds, with a class of its own and without the password', async () => {
    const { log, lines } = recorder();
    const url = `redis://fleet:hunter2secret@127.0.0.1:${await freePort()}`;
    const producer = createProducer({ redis: url, log });
    const error = await producer.ringSync([ringOf()]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(QueueUnavailableError);
    expect(JSON.stringify([error, lines, String((error as Error).cause)])).not.toContain('hunter2secret');
    expect(lines.map((line) => line.event)).toEqual(['redis.away']);
    await producer.close();
    expect(() => createProducer({ redis: 'http://fleet:hunter2secret@x', log })).toThrow(/redis:\/\//);
  });

  it('gives up on a Redis that takes connections and never answers', async () => {
    const { log } = recorder();
    const silent = createServer().listen(0, '127.0.0.1');
    const sockets: { destroy(): void }[] = [];
    silent.on('connection', (socket) => sockets.push(socket));
    await once(silent, 'listening');
    const address = silent.address();
    const producer = createProducer({
      redis: `redis://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
      log,
    });
    await expect(producer.ping()).rejects.toThrow(QueueUnavailableError);
    await producer.close();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});
