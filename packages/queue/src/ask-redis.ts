import type { Redis } from 'ioredis';
import { replyTimeoutMs } from './connection.ts';
import { within } from './within.ts';

/** Redis did not take or answer it. Whether a job was added is not known, and does no harm: ring again. */
export class QueueUnavailableError extends Error {
  override readonly name = 'QueueUnavailableError';

  constructor(cause: unknown) {
    super('The queue is not available: Redis cannot be reached or does not answer.', { cause });
  }
}

/** Runs work on a connection that fails fast, and waits for that to be ready first. It ends within seconds, with QueueUnavailableError where Redis is away. */
export function askerOf(redis: Redis): <T>(work: () => Promise<T>) => Promise<T> {
  return async (work) => {
    try {
      await untilReady(redis);
      return await within(2 * replyTimeoutMs, 'Redis', work());
    } catch (cause) {
      throw new QueueUnavailableError(cause);
    }
  };
}

async function untilReady(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return;
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  redis.once('ready', resolve);
  try {
    await within(replyTimeoutMs, 'Reaching Redis', ready);
  } finally {
    redis.off('ready', resolve);
  }
}
