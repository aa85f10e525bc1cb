import { once } from 'node:events';
import { connectFailingFast } from '@evidence-fleet/queue';
import { QuotaUnavailableError } from '@evidence-fleet/quota';
import { createLogger, type Logger } from '@evidence-fleet/service';

const connectTimeoutMs = 3_000;

export type Redis = ReturnType<typeof connectFailingFast>;

/**
 * A connection that is ready; to be disconnected by the caller.
 * @throws QuotaUnavailableError when Redis does not answer within 3 s, or refuses the login
 */
export async function connectRedis(
  url: string,
  log: Logger = createLogger({ name: 'cli', level: 'silent' }),
): Promise<Redis> {
  const redis = connectFailingFast({ url, name: 'cli', log });
  try {
    await once(redis, 'ready', { signal: AbortSignal.timeout(connectTimeoutMs) });
    return redis;
  } catch (cause) {
    redis.disconnect();
    throw new QuotaUnavailableError('Redis does not answer, so no quota can be reserved.', { cause });
  }
}
