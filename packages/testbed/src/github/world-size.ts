/** How large a generated world is. */
export interface WorldSize {
  readonly seed: number;
  /** How many organizations; the counts below are for each. */
  readonly organizations: number;
  readonly repositories: number;
  readonly members: number;
  /** Closed and open ones together, spread over the repositories. */
  readonly pullRequests: number;
  readonly alerts: number;
  /** Repositories whose protection is refused. */
  readonly denied: number;
  /** Everything in the world is older than this. */
  readonly now: Date;
}
