import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type RedisServer, startRedis } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createConsumer, createProducer, QueueUnavailableError } from './index.ts';

/** The way to Redis, which can be cut. */
class Line {
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  port = 0;
  readonly #target: number;

  constructor(target: number) {
    this.#target = target;
  }

  async open(): Promise<void> {
    this.#server = createServer((near) => {
      const far = connect(this.#target, '127.0.0.1');
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => socket.destroy());
      }
      near.pipe(far).pipe(near);
    }).listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (typeof address === 'object' && address !== null) this.port = address.port;
  }

  async cut(): Promise<void> {
    const closed = this.#server && once(this.#server, 'close');
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    await closed;
  }
}

let server: RedisServer;
let line: Line;
beforeAll(async () => {
  server = await startRedis();
  line = new Line(server.port);
  await line.open();
});
afterAll(async () => {
  await line.cut();
  await server.close();
});

it('heals by itself: the job in hand ends, the next ones are taken, and the outage is one line a connection', async () => {
  const events: string[] = [];
  const at = (_: object, event: string) => void events.push(event);
  const log = { debug: at, info: at, warn: at, error: at };
  const redis = `redis://127.0.0.1:${line.port}`;
  const producer = createProducer({ redis, log });
  const ring = (runId: string) => ({ organizationId: randomUUID(), runId, ring: 1, rank: 1, queue: 'sync' as const });
  const [before, after] = [randomUUID(), randomUUID()];
  const begun = { [before]: Promise.withResolvers<void>(), [after]: Promise.withResolvers<void>() };
  const finish = Promise.withResolvers<void>();
  const consumer = createConsumer({
    redis,
    queue: 'sync',
    slots: 1,
    log,
    async handle({ runId }) {
      begun[runId]?.resolve();
      if (runId === before) await finish.promise;
    },
  });

  await producer.ringSync([ring(before)]);
  await begun[before]?.promise;
  await line.cut();
  await expect(producer.ringSync([ring(after)])).rejects.toThrow(QueueUnavailableError);
  finish.resolve();
  await line.open();
  await producer.ringSync([ring(after)]);
  await begun[after]?.promise;

  expect(events.filter((event) => event === 'redis.away')).toHaveLength(2);
  expect(events.filter((event) => event === 'redis.back')).toHaveLength(2);
  expect(events).not.toContain('job.failed');
  await consumer.close({ graceMs: 1_000 });
  await producer.close();
});

it('closes at once though Redis is away', async () => {
  const events: string[] = [];
  const at = (_: object, event: string) => void events.push(event);
  const log = { debug: at, info: at, warn: at, error: at };
  const redis = `redis://127.0.0.1:${line.port}`;
  const consumer = createConsumer({ redis, queue: 'sync', slots: 1, log, handle: async () => undefined });
  const unreached = createConsumer({ redis, queue: 'health', slots: 1, log, handle: async () => undefined });
  await line.cut();
  await Promise.all([consumer.close({ graceMs: 0 }), unreached.close({ graceMs: 0 })]);
  await line.open();
  expect(events.filter((event) => event === 'consumer.abandoned')).toHaveLength(2);
});
