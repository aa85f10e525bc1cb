/** What a process that calls is told. */
export interface CallingTask {
  readonly url: string;
  readonly redisUrl: string;
  /** Calls a second that the provider allows all of them together. */
  readonly limit: number;
  /** Syncs at once, each with a guard of its own. */
  readonly syncs: number;
  /** Calls in flight at once, each sync. */
  readonly concurrency: number;
}

/** What it says: that it begins, and how many calls it made once it has stopped. */
export type CallingNews = { readonly kind: 'begun' } | { readonly kind: 'stopped'; readonly calls: number };
