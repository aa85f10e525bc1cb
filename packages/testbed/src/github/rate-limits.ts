import type { WorldToken } from './world.ts';

/** Counts the calls of each user over an hour, as GitHub does for all tokens of a user together. */
export interface RateLimits {
  /** Spends one call; `isSpent` when none was left. */
  spend(token: WorldToken): { readonly isSpent: boolean; readonly headers: Record<string, string> };
}

export function createRateLimits(now: () => number = Date.now): RateLimits {
  const users = new Map<number, { used: number; resetAt: number }>();
  return {
    spend(token) {
      const at = now();
      let window = users.get(token.userId);
      if (window === undefined || window.resetAt <= at) window = { used: 0, resetAt: at + 3_600_000 };
      users.set(token.userId, window);
      const isSpent = window.used >= token.hourlyLimit;
      if (!isSpent) window.used += 1;
      return {
        isSpent,
        headers: {
          'x-ratelimit-limit': String(token.hourlyLimit),
          'x-ratelimit-remaining': String(token.hourlyLimit - window.used),
          'x-ratelimit-used': String(window.used),
          'x-ratelimit-reset': String(Math.ceil(window.resetAt / 1000)),
          'x-ratelimit-resource': 'core',
        },
      };
    },
  };
}
