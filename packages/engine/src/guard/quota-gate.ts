import {
  type Connector,
  ConnectorError,
  type Limit,
  type Logger,
  type QuotaReport,
} from '@evidence-fleet/connector-sdk';
import type { Quota } from '../ports.ts';
import { sleep } from './deadline.ts';
import type { CallMeter } from './meter.ts';
import { plainError } from './network-error.ts';
import { providerNow, toOurTime } from './provider-clock.ts';

/** The fleet's quota as one runtime meets it. */
export interface QuotaGate {
  /**
   * Waits for a call's turn. Throws `rate_limited` with its time when that is too far to sit out, `service_unavailable` when
   * nobody can tell: a fleet that forgot its quota must not spend the customer's.
   */
  pass(operation: string, signal: AbortSignal): Promise<void>;
  /** The provider throttled: nobody in the fleet calls before `until`. */
  block(operation: string, until: Date): Promise<void>;
  /** Reads the provider's own count from an answer and passes it on when it says something new. */
  observe(operation: string, headers: Headers): Promise<void>;
}

export interface QuotaGateOptions {
  readonly connector: Pick<Connector, 'limits' | 'readQuota'>;
  readonly quota: Quota;
  readonly scope: () => string;
  readonly maxWaitMs: number;
  readonly meter: CallMeter;
  readonly log: Logger;
  readonly now: () => Date;
}

export function createQuotaGate({ connector, quota, scope, maxWaitMs, meter, log, now }: QuotaGateOptions): QuotaGate {
  const limitOf = (operation: string) =>
    connector.limits.find(({ operations }) => !operations || operations.some((prefix) => operation.startsWith(prefix)));
  const isNews = createNewsCheck();
  const reserve = async (limit: Limit) => {
    const turn = await quota.reserve(scope(), limit, maxWaitMs).catch((cause: unknown) => {
      throw new ConnectorError('service_unavailable', 'The fleet cannot reach its quota store, so it makes no call.', {
        cause,
      });
    });
    if (turn.granted) return turn;
    throw new ConnectorError('rate_limited', `The quota "${limit.name}" is used up for now.`, {
      retryAt: new Date(now().getTime() + turn.waitMs),
      providerCode: limit.name,
    });
  };
  // what the fleet learns of a quota is worth less than the call that taught it
  const tell = async (telling: Promise<void>) => {
    await telling.catch((error: unknown) => log.warn({ error: plainError(error).message }, 'quota.untold'));
  };

  return {
    async pass(operation, signal) {
      const limit = limitOf(operation);
      if (limit === undefined) return;
      for (let turn = 1; turn <= mostTurns; turn += 1) {
        const askedAt = performance.now();
        const { waitMs, toleranceMs } = await reserve(limit);
        if (waitMs <= 0) return;
        meter.add(operation, { waitedMs: waitMs });
        await sleep(waitMs, signal);
        if (performance.now() - askedAt - waitMs <= toleranceMs) return;
      }
    },

    async block(operation, until) {
      const limit = limitOf(operation);
      if (limit !== undefined) await tell(quota.block(scope(), limit, until));
    },

    async observe(operation, headers) {
      const ourNow = now();
      const theirNow = providerNow(headers, ourNow);
      const said = connector.readQuota?.(headers, theirNow);
      if (said === undefined) return;
      const report = { ...said, resetAt: toOurTime(said.resetAt, theirNow, ourNow) };
      const named = connector.limits.find(({ name }) => name === report.limit);
      const limit = report.limit === undefined ? limitOf(operation) : named;
      if (limit !== undefined && isNews(limit, report)) await tell(quota.report(scope(), limit, report));
    },
  };
}

/** Turns that a call may miss, because this process or Redis was busy, before it is made all the same: a fleet that is always late goes on. */
const mostTurns = 3;

/** Reports are worth a command when a window is new, its count fell by a hundredth of the limit, or it ran out. */
function createNewsCheck(): (limit: Limit, report: QuotaReport) => boolean {
  const told = new Map<string, { remaining: number; resetAtMs: number }>();
  return ({ name, requests }, { remaining, resetAt }) => {
    const last = told.get(name);
    const resetAtMs = resetAt.getTime();
    const isSameWindow = last !== undefined && Math.abs(resetAtMs - last.resetAtMs) < 2_000;
    if (isSameWindow && remaining > 0 && last.remaining - remaining < requests / 100) return false;
    if (isSameWindow && last.remaining === remaining) return false;
    told.set(name, { remaining, resetAtMs });
    return true;
  };
}
