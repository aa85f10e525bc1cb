import { ConnectorError, type ConnectorErrorCode } from '@evidence-fleet/connector-sdk';
import { sleep } from './deadline.ts';
import type { Lanes } from './lanes.ts';
import type { CallMeter } from './meter.ts';
import type { QuotaGate } from './quota-gate.ts';

interface Call {
  readonly operation: string;
  /** Only such a call is made again. */
  readonly idempotent: boolean;
  readonly signal: AbortSignal;
}

/** Makes a call, again where that may help. `send` throws ConnectorErrors; everything else it throws ends the call. */
export type Attempts = <T>(call: Call, send: () => Promise<T>) => Promise<T>;

export interface AttemptsOptions {
  readonly lanes: Lanes;
  readonly gate: QuotaGate;
  readonly meter: CallMeter;
  readonly attempts: number;
  /** The first pause is at most this long, each further one twice as long. */
  readonly backoffMs: number;
  /** A longer wait is not sat out: the error carries its time, and the run goes on then. */
  readonly maxShortWaitMs: number;
  readonly random: () => number;
  readonly now: () => Date;
}

const passing: readonly ConnectorErrorCode[] = ['rate_limited', 'service_unavailable', 'timeout'];
/** When a provider throttles to the end and never says until when. */
const unhintedRetryMs = 30_000;
/** A provider that says "in ten years", by whatever header its connector reads, is believed for a day. */
const longestHintMs = 24 * 60 * 60_000;

/** Every attempt waits for a lane, then for the quota; pauses between attempts hold no lane. */
export function createAttempts(options: AttemptsOptions): Attempts {
  const { lanes, gate, meter } = options;
  return async (call, send) => {
    const { operation, signal } = call;
    for (let attempt = 1; ; attempt += 1) {
      const ended = await lanes(async () => {
        await gate.pass(operation, signal);
        meter.add(operation, { calls: 1, retries: attempt > 1 ? 1 : 0 });
        return await settle(send);
      }, signal);
      if ('value' in ended) return ended.value;

      const error = believed(ended.error, options.now());
      signal.throwIfAborted();
      const isThrottled = error instanceof ConnectorError && error.code === 'rate_limited';
      meter.add(operation, isThrottled ? { throttled: 1 } : { failed: 1 });
      if (!(error instanceof ConnectorError) || !passing.includes(error.code)) throw error;
      const waitMs = pauseAfter(error, attempt, options);
      if (isThrottled) await gate.block(operation, new Date(options.now().getTime() + waitMs));
      if (!call.idempotent || attempt >= options.attempts || waitMs > options.maxShortWaitMs)
        throw dated(error, options.now());
      meter.add(operation, { waitedMs: Math.round(waitMs) });
      await sleep(waitMs, signal);
    }
  };
}

/** Errors of `send` are values, so that those of lane and quota pass through untouched. */
async function settle<T>(send: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await send() };
  } catch (error) {
    return { error };
  }
}

/** The error, its time to come back held to what can be believed. */
function believed(error: unknown, now: Date): unknown {
  if (!(error instanceof ConnectorError) || error.retryAt === undefined) return error;
  const latestMs = now.getTime() + longestHintMs;
  if (error.retryAt.getTime() <= latestMs) return error;
  return redated(error, new Date(latestMs));
}

/** Exponential backoff with full jitter; a throttled call waits at least half of it. Never shorter than the provider asks. */
function pauseAfter(
  error: ConnectorError,
  attempt: number,
  { backoffMs, maxShortWaitMs, random, now }: AttemptsOptions,
): number {
  const hintedMs = error.retryAt === undefined ? undefined : Math.max(0, error.retryAt.getTime() - now().getTime());
  const ceilingMs = Math.min(maxShortWaitMs, backoffMs * 2 ** (attempt - 1));
  if (error.code === 'rate_limited') return hintedMs ?? (ceilingMs / 2) * (1 + random());
  return Math.max(hintedMs ?? 0, ceilingMs * random());
}

/** The job that catches a `rate_limited` needs to know when to come back. */
function dated(error: ConnectorError, now: Date): ConnectorError {
  if (error.code !== 'rate_limited' || error.retryAt !== undefined) return error;
  return redated(error, new Date(now.getTime() + unhintedRetryMs));
}

function redated({ code, message, cause, providerCode }: ConnectorError, retryAt: Date): ConnectorError {
  return new ConnectorError(code, message, { cause, providerCode, retryAt });
}
