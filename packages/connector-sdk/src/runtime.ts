import type { Logger } from './logger.ts';

/**
 * What the engine lends a connector for one run. Quota, concurrency, retry with backoff, Retry-After, timeout, abort, host pinning,
 * private-address refusal, size cap, error mapping and call metering are inside; a connector retries nothing itself.
 */
export interface Runtime {
  /**
   * A guarded `fetch`. Follows no redirect to another host. Answers below 400 (and 304) are returned; every other ends as a
   * ConnectorError after the connector's `mapError` has seen it. Retries only idempotent methods (GET, HEAD, OPTIONS) and POSTs
   * marked by `x-fleet-idempotent: 1` (the header is removed before sending).
   */
  readonly fetch: typeof fetch;
  /**
   * The same guard at the level of an SDK operation, for SDKs that need retries around signing (AWS): quota, concurrency, timeout,
   * retry, metering and error mapping apply to `request`; the bytes still travel through `fetch` in raw form (see `transport`).
   * @param operation the name under which calls are metered and quotas chosen, e.g. `iam:ListUsers`
   */
  call<T>(operation: string, request: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** `fetch` with pinning, address check, size cap, timeout and byte metering, but no quota, retry or error mapping: for use inside `call`. */
  readonly transport: typeof fetch;
  /** Stores a rotated credential (a new refresh token) under the fence before it is used. */
  saveCredentials(next: unknown): Promise<void>;
  /** Keeps secrets that were minted on the way (a session's keys, an access token) out of the log until the run ends; call it before their use. */
  protect(secrets: readonly string[]): void;
  /** Aborts when the run is cancelled, its lease is lost or the worker stops. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Where the provider is, when the operator points a connector at another address (tests, GitHub Enterprise): undefined for the public one. */
  readonly endpoint: string | undefined;
}
