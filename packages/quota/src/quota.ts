import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { budgetOf, type QuotaLimit } from './budget.ts';
import { blockScript, correctScript, reserveScript, usageScript } from './scripts.ts';

/** What a provider's answer says about its quota. */
export interface QuotaReport {
  readonly remaining: number;
  readonly resetAt: Date;
}

/** When a call may be made, in milliseconds. */
export interface QuotaTurn {
  readonly granted: boolean;
  readonly waitMs: number;
  /** Whoever comes later than this after the wait has missed the turn, and asks for another one. */
  readonly toleranceMs: number;
  /** How much of the budget is used by now, 1 for all of it, estimated as in `usage`; 1 where the call was not granted. */
  readonly used: number;
}

export interface QuotaUsage {
  /** Calls granted within the last window, estimated from the current and the previous fixed one. */
  readonly used: number;
  /** Calls that the fleet may make in a window: its share of the limit. */
  readonly budget: number;
  /** Milliseconds until the provider's block ends; 0 when there is none. */
  readonly blockedMs: number;
}

/** The fleet-wide budget of every quota scope. Every method throws QuotaUnavailableError when Redis does not answer. */
export interface RedisQuota {
  /**
   * Takes one call out of the budget and says how many milliseconds to wait before making it, and how much later than that it may still be
   * made; never polls. A wait longer than `maxWaitMs` takes nothing: `granted` is false, and the caller asks again after it.
   */
  reserve(scope: string, limit: QuotaLimit, maxWaitMs: number): Promise<QuotaTurn>;
  /** Corrects the budget by what the provider said; the smaller wins, until its window ends. */
  report(scope: string, limit: QuotaLimit, report: QuotaReport): Promise<void>;
  /** No call before `until`: the provider throttled. An earlier, longer block stays. */
  block(scope: string, limit: QuotaLimit, until: Date): Promise<void>;
  /** What of a budget is used. Takes nothing. */
  usage(scope: string, limit: QuotaLimit): Promise<QuotaUsage>;
}

export interface QuotaOptions {
  /** Lent; closed by its owner. */
  readonly redis: Redis;
  /** Prefix of every key, e.g. `fleet:`. */
  readonly prefix: string;
  /** Share of every documented limit that the fleet may use, above 0 and up to 1; 0.5 by default. A function is asked at each call. */
  readonly share?: number | (() => number);
  /** How long Redis may take to answer, in milliseconds; 5,000 by default. */
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

/** Redis did not answer: nobody knows whether a call may be made, so none should be. */
export class QuotaUnavailableError extends Error {
  override readonly name = 'QuotaUnavailableError';
}

/** A provider that says "come back in a month" is asked again after a day. */
const longestBlockMs = 24 * 60 * 60_000;
/** What the fleet takes of a quota that others have eaten into its share: enough to go on, little enough to be no burden. */
const trickle = 0.02;

/**
 * A reservation by the generic cell rate algorithm: one script call a grant, on Redis' clock, nothing while idle; keys expire
 * by themselves, and an emptied Redis only forgets the past.
 */
export function createQuota(options: QuotaOptions): RedisQuota {
  const { redis, prefix, timeoutMs = 5_000, now = Date.now } = options;
  const shareNow = sharing(options.share ?? 0.5);
  shareNow(); // one that cannot be meant is told at once
  const run = (script: Script, scope: string, limit: QuotaLimit, args: readonly number[]) =>
    bounded(evaluate(redis, script, quotaKey(prefix, scope, limit), args), timeoutMs);

  return {
    async reserve(scope, limit, maxWaitMs) {
      const { calls, intervalMs, burst, toleranceMs } = budgetOf(limit, shareNow());
      const answer = await run(reserve, scope, limit, [intervalMs, burst, Math.min(maxWaitMs, 1e15), limit.perMs]);
      const [granted, waitMs, used = 0] = numbers(answer);
      if (granted === 1) return { granted: true, waitMs, toleranceMs, used: used / calls };
      // Whoever is sent away comes back for more than one call: waking up, connecting and checking takes some by itself.
      const comeBackMs = (Math.min(burst, comeBackFor) - 1) * intervalMs;
      return { granted: false, waitMs: waitMs + comeBackMs, toleranceMs, used: 1 };
    },

    async report(scope, limit, { remaining, resetAt }) {
      const untilMs = Math.min(resetAt.getTime() - now(), longestBlockMs);
      if (!(untilMs > 0)) return;
      if (remaining <= 0) {
        await run(block, scope, limit, [limit.perMs, untilMs]);
        return;
      }
      const share = shareNow();
      const { intervalMs, burst } = budgetOf(limit, share);
      const ours = remaining - limit.requests * (1 - share);
      const available = Math.max(1, Math.floor(Math.max(ours, remaining * trickle)));
      await run(correct, scope, limit, [intervalMs, burst, limit.perMs, available, untilMs]);
    },

    async block(scope, limit, until) {
      const untilMs = Math.min(until.getTime() - now(), longestBlockMs);
      if (untilMs > 0) await run(block, scope, limit, [limit.perMs, untilMs]);
    },

    async usage(scope, limit) {
      const [used, blockedMs] = numbers(await run(usage, scope, limit, [limit.perMs]));
      return { used, budget: budgetOf(limit, shareNow()).calls, blockedMs };
    },
  };
}

/** @throws RangeError, each time that it is asked */
function sharing(share: number | (() => number)): () => number {
  const read = typeof share === 'function' ? share : () => share;
  return () => {
    const value = read();
    if (value > 0 && value <= 1) return value;
    throw new RangeError(`A quota's share is above 0 and at most 1, not ${value}.`);
  };
}

/** Calls that should be free again when a run that was sent away comes back. */
const comeBackFor = 10;

interface Script {
  readonly text: string;
  readonly sha: string;
}

const reserve = script(reserveScript);
const correct = script(correctScript);
const block = script(blockScript);
const usage = script(usageScript);

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** The scope is hashed: a Redis dump names no account. The braces keep a scope's quotas on one slot of a Redis Cluster. */
function quotaKey(prefix: string, scope: string, limit: QuotaLimit): string {
  return `${prefix}{quota:${createHash('sha256').update(scope).digest('hex').slice(0, 32)}}:${limit.name}`;
}

async function evaluate(redis: Redis, { text, sha }: Script, key: string, args: readonly number[]): Promise<unknown> {
  try {
    return await redis.evalsha(sha, 1, key, ...args);
  } catch (error) {
    // Redis was restarted or flushed since the script was loaded
    if (error instanceof Error && error.message.startsWith('NOSCRIPT')) return await redis.eval(text, 1, key, ...args);
    throw error;
  }
}

/** A client without a connection queues commands for as long as it is allowed to; a run must not hang on that. */
async function bounded(answer: Promise<unknown>, timeoutMs: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } catch (cause) {
    throw new QuotaUnavailableError('Redis does not answer, so no quota can be reserved.', { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** At least two. */
function numbers(answer: unknown): [number, number, ...number[]] {
  if (Array.isArray(answer) && answer.length >= 2 && answer.every((one) => typeof one === 'number'))
    return answer as [number, number, ...number[]]; // just looked at
  throw new Error('A quota script answered something unexpected.');
}
