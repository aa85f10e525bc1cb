import { randomUUID } from 'node:crypto';
import { startBlackHole, startRedis } from '@evidence-fleet/testbed';
import { expect, it } from '@jest/globals';
import { createConsumer, createProducer, QueueUnavailableError } from './index.ts';

it('opens a connection anew on which everything is swallowed, and takes the next job', async () => {
  const server = await startRedis();
  const line = await startBlackHole(server.port);
  const say = () => undefined;
  const log = { debug: say, info: say, warn: say, error: say };
  const redis = `redis://127.0.0.1:${line.port}`;
  const producer = createProducer({ redis, log });
  const ring = (runId: string) => ({ organizationId: randomUUID(), runId, ring: 1, rank: 1, queue: 'sync' as const });
  const [before, after] = [randomUUID(), randomUUID()];
  const [first, next] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const handle = async ({ runId }: { runId: string }) => {
    (runId === before ? first : next).resolve();
  };
  const consumer = createConsumer({ redis, queue: 'sync', slots: 1, log, handle });
  try {
    await producer.ringSync([ring(before)]);
    await first.promise;
    line.swallow();
    await expect(producer.ringSync([ring(after)])).rejects.toThrow(QueueUnavailableError);
    line.heal();
    const direct = createProducer({ redis: server.url, log });
    await direct.ringSync([ring(after)]);
    await direct.close();
    await next.promise;
  } finally {
    await consumer.close({ graceMs: 1_000 });
    await producer.close();
    await line.close();
    await server.close();
  }
}, 60_000);
