/** What to ring after the transaction: the doorbell of a run on demand. */
export interface Ring {
  readonly organizationId: string;
  readonly runId: string;
  readonly ring: number;
  readonly rank: number;
}

/** created: a new run. joined: a run that had not begun. follow_up: one that begins when the present run ends. */
export type How = 'created' | 'joined' | 'follow_up';

export interface Requested {
  /** The run that answers this request: it begins after the request was made. */
  readonly runId: string;
  readonly how: How;
  readonly ring: Ring | null;
}

/** By what a service tells a repeated request from a new one, for a day. */
export interface RequestKey {
  readonly tokenId: string;
  /** Chosen by the service, 255 characters at most. */
  readonly key: string;
}

export interface Request {
  readonly organizationId: string;
  readonly integrationId: string;
  /** Evidence types; empty means all. */
  readonly types: readonly string[];
  /** The same key again is the same request: it is answered by the run it was answered by, and nothing is rung. */
  readonly key?: RequestKey;
  /** The W3C trace context of who asks: the run's trace goes on from there, unless it has one already. */
  readonly traceparent?: string | null;
}
