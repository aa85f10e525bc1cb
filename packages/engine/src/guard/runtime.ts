import { AsyncLocalStorage } from 'node:async_hooks';
import type { Connector, Logger, Runtime } from '@evidence-fleet/connector-sdk';
import { type Observer, silentObserver } from '../observer.ts';
import type { Quota } from '../ports.ts';
import { createAddressCheck, type NetworkPolicy } from './addresses.ts';
import { createAttempts } from './attempts.ts';
import { createConnections } from './connections.ts';
import { createDestinationCheck } from './destinations.ts';
import { createExchange, observedExchange } from './exchange.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import { createLanes } from './lanes.ts';
import { createMeter, type Meter } from './meter.ts';
import { createQuotaGate } from './quota-gate.ts';
import { createCall } from './sdk-call.ts';
import { createTransport } from './transport.ts';

export interface RuntimeLimits {
  /** For one attempt, from the first byte sent to the last received; 30,000 by default. */
  readonly timeoutMs: number;
  /** Of one decoded answer; 32 MB by default. */
  readonly responseBytes: number;
  /** A longer wait for quota or retry is not slept but thrown, `rate_limited` or `service_unavailable` with `retryAt`; 10,000 by default. */
  readonly maxShortWaitMs: number;
  /** In all, the first included; 3 by default. */
  readonly attempts: number;
  /** The first pause between attempts is at most this long, each further one twice as long; 500 by default. */
  readonly backoffMs: number;
}

export interface RuntimeOptions {
  readonly connector: Connector;
  /** The integration's settings, parsed by the connector's schema. */
  readonly settings: Parameters<Connector['hosts']>[0];
  /** Where the operator says the provider is; undefined: where it really is. */
  readonly endpoint?: string | undefined;
  readonly quota: Quota;
  /** What `check` reported; undefined before the first one: the integration then has a quota of its own. */
  readonly quotaScope: () => string | undefined;
  readonly integrationId: string;
  readonly network: NetworkPolicy;
  /** Nobody hears without it. */
  readonly observer?: Observer;
  readonly limits?: Partial<RuntimeLimits>;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly saveCredentials: (next: unknown) => Promise<void>;
  /** Hears of secrets that were minted during the run; without it nobody hides them in the log. */
  readonly protect?: (secrets: readonly string[]) => void;
  /** 0 up to 1, for jitter. */
  readonly random?: () => number;
  readonly now?: () => Date;
}

export interface GuardedRuntime {
  readonly runtime: Runtime;
  readonly meter: Meter;
  /** Aborts what is still in flight and closes the connections. */
  close(): Promise<void>;
}

const defaults: RuntimeLimits = {
  timeoutMs: 30_000,
  responseBytes: 32 * 2 ** 20,
  maxShortWaitMs: 10_000,
  attempts: 3,
  backoffMs: 500,
};

/** Builds the guard round every provider call of one run. Throws RangeError or TypeError for a policy or endpoint that is none. */
export function createRuntime(options: RuntimeOptions): GuardedRuntime {
  const { connector, endpoint, log, now = () => new Date(), random = Math.random, observer = silentObserver } = options;
  const limits = { ...defaults, ...options.limits };
  const closing = new AbortController();
  const signal = AbortSignal.any([options.signal, closing.signal]);
  const meter = createMeter(observer.counted);
  const scope = () => options.quotaScope() ?? `integration:${options.integrationId}`;
  const gate = createQuotaGate({
    connector,
    quota: options.quota,
    scope,
    maxWaitMs: limits.maxShortWaitMs,
    meter,
    log,
    now,
  });
  const lanes = createLanes(connector.concurrency);
  const attempts = createAttempts({ lanes, gate, meter, random, now, ...limits });
  const agent = createConnections(createAddressCheck(options.network), {
    concurrency: connector.concurrency,
    timeoutMs: limits.timeoutMs,
  });
  const checkDestination = createDestinationCheck(connector.hosts(options.settings), endpoint);
  const exchange = observedExchange(createExchange({ agent, checkDestination, signal, ...limits }), {
    observer,
    signal,
  });
  const operation = new AsyncLocalStorage<string>();

  return {
    runtime: {
      fetch: createGuardedFetch({
        connector,
        exchange,
        checkDestination,
        attempts,
        gate,
        meter,
        observer,
        signal,
        now,
      }),
      call: createCall({ connector, attempts, observer, operation, signal, timeoutMs: limits.timeoutMs, now }),
      transport: createTransport({ exchange, gate, meter, operation }),
      saveCredentials: options.saveCredentials,
      protect: (secrets) => options.protect?.(secrets),
      signal,
      log,
      endpoint,
    },
    meter,
    async close() {
      closing.abort(new Error('The runtime is closed.'));
      await agent.destroy();
    },
  };
}
