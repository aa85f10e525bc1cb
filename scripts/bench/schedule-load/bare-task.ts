/** What the least program has to do. */
export interface BareTask {
  /** The superuser's: no policy is looked at. */
  readonly url: string;
  readonly redisUrl: string;
  readonly runs: number;
}
