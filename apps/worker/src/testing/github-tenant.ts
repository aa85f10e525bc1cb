import {
  type Fleet,
  type GitHubSimulator,
  type GitHubWorld,
  generateGitHubWorld,
  startGitHub,
  until,
  type WorldSize,
} from '@evidence-fleet/testbed';

/** An organization with one GitHub integration, which is synced when `due` says so and never looked at otherwise. */
export interface GitHubTenant {
  readonly organizationId: string;
  readonly integrationId: string;
  readonly github: GitHubSimulator;
  readonly world: GitHubWorld;
  /** Makes the next sync due now. */
  due(): Promise<void>;
  /** The newest run that reads everything, once the condition holds. */
  run(what: string, condition: (run: RunRow) => boolean): Promise<RunRow>;
  /** Resolves when nothing is left to do, the confirmation of a first reading included. */
  quiet(): Promise<void>;
  /** Of the runs that read everything. */
  attempts(): Promise<AttemptRow[]>;
}

export interface RunRow {
  readonly id: string;
  readonly state: string;
  readonly attempts: number;
  readonly crash_count: number;
  readonly lease_owner: string | null;
}

interface AttemptRow {
  readonly run_id: string;
  readonly worker: string;
  readonly ended_as: string | null;
}

/**
 * Tenants that are given the same size see the same world, down to the second.
 * @param options.token to be the one that GitHub knows
 * @param options.delayMs of each of its answers
 */
export async function createGitHubTenant(
  fleet: Pick<Fleet, 'tenant' | 'superuser'>,
  slug: string,
  { size, token, delayMs }: { size: Partial<WorldSize>; token?: string; delayMs?: number },
): Promise<GitHubTenant> {
  const world = generateGitHubWorld(size);
  if (token !== undefined) for (const known of world.tokens) Object.assign(known, { secret: token });
  const github = await startGitHub(world, delayMs === undefined ? {} : { delayMs });
  const { organizationId, add } = await fleet.tenant(slug);
  const integrationId = await add({
    connector: 'github',
    name: 'github',
    kind: 'token',
    secrets: { token: world.tokens[0]?.secret },
    settings: { organizations: [world.organizations[0]?.login] },
    endpoint: github.url,
  });
  await fleet.superuser.query('UPDATE integration SET next_health_at = NULL WHERE id = $1', [integrationId]);
  return {
    organizationId,
    integrationId,
    github,
    world,
    async due() {
      await fleet.superuser.query('UPDATE integration SET next_sync_at = now() WHERE id = $1', [integrationId]);
    },
    run: (what, condition) =>
      until(
        `the run of ${slug} ${what}`,
        async () => {
          const { rows } = await fleet.superuser.query<RunRow>(
            `SELECT id, state::text, attempts, crash_count, lease_owner FROM sync_run
             WHERE integration_id = $1 AND types = '{}' ORDER BY requested_at DESC LIMIT 1`,
            [integrationId],
          );
          return rows.find(condition);
        },
        { ms: 55_000 },
      ),
    async quiet() {
      await until(
        `nothing is left to do for ${slug}`,
        async () => {
          const { rowCount } = await fleet.superuser.query(
            `SELECT FROM sync_run WHERE integration_id = $1 AND state IN ('queued', 'running', 'waiting')`,
            [integrationId],
          );
          return rowCount === 0;
        },
        { ms: 55_000 },
      );
    },
    async attempts() {
      const { rows } = await fleet.superuser.query<AttemptRow>(
        `SELECT run_id, worker, ended_as FROM sync_attempt a JOIN sync_run r ON r.organization_id = a.organization_id AND r.id = a.run_id
         WHERE a.organization_id = $1 AND r.types = '{}' ORDER BY claimed_at`,
        [organizationId],
      );
      return rows;
    },
  };
}

export function hasEnded({ state }: RunRow): boolean {
  return ['succeeded', 'partial', 'failed', 'cancelled'].includes(state);
}
