import { QuotaUnavailableError, type RedisQuota } from '@evidence-fleet/quota';

/** So many requests a minute and token, over all processes of the API; half of them may come at once. */
export interface RateLimiter {
  /** @returns milliseconds after which to come again; 0: the request may go on */
  take(tokenId: string): Promise<number>;
}

interface RateLimiterOptions {
  /** With the whole limit as its share. */
  readonly quota: Pick<RedisQuota, 'reserve'>;
  readonly perMinute: number;
  readonly now?: () => number;
}

const minuteMs = 60_000;
/** After Redis did not answer, it is asked again. */
const askAgainMs = 1_000;

/** Counts in Redis; while that is away, each process by itself: a fleet of n processes then lets through n times as much, and no more. */
export function createRateLimiter({ quota, perMinute, now = Date.now }: RateLimiterOptions): RateLimiter {
  const limit = { name: 'api', requests: perMinute, perMs: minuteMs, burst: Math.ceil(perMinute / 2) };
  const local = createLocalLimit(perMinute, now);
  let awayUntil = 0;
  return {
    async take(tokenId) {
      if (now() < awayUntil) return local(tokenId);
      try {
        const { granted, waitMs } = await quota.reserve(`api-token:${tokenId}`, limit, 0);
        return granted ? 0 : Math.max(1, waitMs);
      } catch (error) {
        if (!(error instanceof QuotaUnavailableError)) throw error;
        awayUntil = now() + askAgainMs;
        return local(tokenId);
      }
    },
  };
}

/** Windows of a minute, forgotten when the next one begins. */
function createLocalLimit(perMinute: number, now: () => number): (tokenId: string) => number {
  let window = 0;
  let used = new Map<string, number>();
  return (tokenId) => {
    const current = Math.floor(now() / minuteMs);
    if (current !== window) used = new Map();
    window = current;
    const count = (used.get(tokenId) ?? 0) + 1;
    used.set(tokenId, count);
    return count <= perMinute ? 0 : (current + 1) * minuteMs - now();
  };
}
