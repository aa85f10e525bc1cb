import type { Resource } from './resource.ts';

/** A provider's world as the matrix uses it; plain JSON, for child processes. */
export interface World {
  readonly connector: 'github' | 'aws' | 'okta' | 'jira';
  readonly kind: string;
  readonly secrets: Record<string, unknown>;
  readonly settings: Record<string, unknown>;
  /** Where the simulator listens. */
  readonly upstream: string;
  /** Of GitHub, the token with fewer scopes; of Okta, that of a lesser administrator; of Jira, what a user without any global permission authenticates with. */
  readonly narrowToken: string;
  /** What the world holds while cases run. */
  readonly truth: readonly Resource[];
  /** What it held while the baseline was made, what is gone since and only held by the ledger included. */
  readonly before: readonly Resource[];
  /** The organization that was synced before; every case over a baseline begins with a copy of it. */
  readonly baseline: { readonly organizationId: string; readonly integrationId: string };
}

/** A running world. `change` takes it from the baseline to what the cases see; from then on it stands still. */
export interface OpenWorld {
  readonly world: Omit<World, 'baseline' | 'truth' | 'before'>;
  /** Changes the world step by step; after each, but the last, the baseline is synced once more. */
  readonly changes: readonly (() => Promise<void>)[];
  resources(): readonly Resource[];
  close(): Promise<void>;
}
