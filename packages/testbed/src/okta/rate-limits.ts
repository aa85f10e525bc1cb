/** Counts the calls of each bucket over a minute: https://developer.okta.com/docs/reference/rl-best-practices/ */
export interface Buckets {
  /** Spends one call; `isSpent` when none was left. */
  spend(pathname: string): { readonly isSpent: boolean; readonly headers: Record<string, string> };
}

export function createBuckets(callsPerMinute: number, now: () => number = Date.now): Buckets {
  const windows = new Map<string, { used: number; resetAt: number }>();
  return {
    spend(pathname) {
      const name = pathname.split('/').slice(0, 4).join('/');
      const at = now();
      let window = windows.get(name);
      if (window === undefined || window.resetAt <= at) window = { used: 0, resetAt: at + 60_000 };
      windows.set(name, window);
      const isSpent = window.used >= callsPerMinute;
      if (!isSpent) window.used += 1;
      return {
        isSpent,
        headers: {
          'x-rate-limit-limit': String(callsPerMinute),
          'x-rate-limit-remaining': String(callsPerMinute - window.used),
          'x-rate-limit-reset': String(Math.ceil(window.resetAt / 1000)),
        },
      };
    },
  };
}
