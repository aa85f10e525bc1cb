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
  readonly teams: number;
  /** Of each team. */
  readonly teamMembers: number;
  readonly outsideCollaborators: number;
  /** Of each repository. */
  readonly collaborators: number;
  /** Of the organization, and as many again, spread over the repositories. */
  readonly webhooks: number;
  /** Spread over the repositories, like the next three. */
  readonly workflowRuns: number;
  readonly commits: number;
  readonly codeAlerts: number;
  readonly secretAlerts: number;
  /** Repositories whose protection is refused. */
  readonly denied: number;
  /** Everything in the world is older than this. */
  readonly now: Date;
}
