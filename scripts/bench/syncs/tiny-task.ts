/** What the two programs that are compared are told. */
export interface TinyTask {
  /** As fleet_app, or for the least program as whoever owns its table. */
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly keyring: string;
  /** Jobs in the queue. */
  readonly jobs: number;
  /** Jobs at once. */
  readonly slots: number;
}

/** What a job of the least program carries: nothing is kept from it. */
export interface LeastJob {
  readonly url: string;
  readonly token: string;
  readonly account: number;
}
