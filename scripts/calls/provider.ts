import type { Connector, Counts } from '@evidence-fleet/connector-sdk';
import type { LoggedRequest, TenantIntegration, TrueEvidence } from '@evidence-fleet/testbed';

/** `large` is what a big customer has; `small` is the same in little, for a test. */
export type Scale = 'small' | 'large';

/** A call as the provider saw it come in. */
export interface Arrival {
  readonly operation: string;
  readonly status: number;
  /** By the provider's clock, milliseconds. */
  readonly at: number;
}

/** A simulated provider with a world in it, and all that is known of that world without the connector. */
export interface Provider {
  readonly connector: string;
  /** How large the world is, in words. */
  readonly size: string;
  /** The documented quotas, and the provider's own where it keeps one, are multiplied by this. */
  readonly quotaFactor: number;
  readonly integration: Pick<TenantIntegration, 'kind' | 'secrets' | 'settings' | 'endpoint'>;
  /** How much there is, by the names of the connector's formulas. */
  readonly counts: Counts;
  readonly truth: readonly TrueEvidence[];
  /** Every call so far. */
  readonly requests: readonly unknown[];
  /** The same, as it can be held against quotas. */
  arrivals(): readonly Arrival[];
  close(): Promise<void>;
}

/** How many rows the truth has of a type, for each key of another type that those of the first begin with. */
export function countEach(truth: readonly TrueEvidence[], parent: string, child: string): number[] {
  const counts = new Map(truth.filter(({ type }) => type === parent).map(({ key }) => [key[0], 0]));
  for (const { type, key } of truth) {
    if (type === child) counts.set(key[0], (counts.get(key[0]) ?? 0) + 1);
  }
  return [...counts.values()];
}

export function countOf(truth: readonly TrueEvidence[], type: string): number {
  return truth.filter((one) => one.type === type).length;
}

/** Requests of a simulator under the connector's names of operations. */
export function arrivalsOf(
  connector: Connector | undefined,
  { url, requests }: { readonly url: string; readonly requests: readonly LoggedRequest[] },
): Arrival[] {
  return requests.map(({ method, path, status, at }) => {
    return { operation: connector?.operation?.(method, new URL(path, url)) ?? `${method} ${path}`, status, at };
  });
}
