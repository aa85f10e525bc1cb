import { randomUUID } from 'node:crypto';
import { constants, setPriority } from 'node:os';
import { createToken } from '@evidence-fleet/db';
import {
  createBulkTenant,
  type Fleet,
  type FleetOptions,
  freePort,
  generateGitHubWorld,
  startFleet,
  startGitHub,
  until,
} from '@evidence-fleet/testbed';
import { type Asking, startLoad } from './load.ts';

/** A fleet with two processes of the API, two workers and a scheduler, and integrations that are synced on demand only. */
export interface Stand {
  readonly fleet: Fleet;
  readonly integrations: readonly Integration[];
  /** Addresses of the API's processes. */
  readonly apis: readonly string[];
  /** Resolves when every run has ended. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

interface Integration {
  readonly organizationId: string;
  readonly integrationId: string;
  /** Of its organization. */
  readonly token: string;
}

/** A request asks for one of them: what is asked for together has to be merged. */
export const types = ['github.organization', 'github.org_member'] as const;

const tiny = { repositories: 1, members: 1, pullRequests: 1, alerts: 1, denied: 0 };
const perOrganization = 10;
const quietWithinMs = 180_000;

interface StandOptions extends Pick<FleetOptions, 'postgres'> {
  /** Of each of the provider's answers. */
  readonly delayMs: number;
}

/** Everything has been read before, so that no first reading asks for a second one: each run from then on was asked for by somebody. */
export async function openStand(count: number, { delayMs, postgres = {} }: StandOptions): Promise<Stand> {
  const fleet = await startFleet({ postgres });
  const github = await startGitHub(generateGitHubWorld({ ...tiny, organizations: count }), { delayMs });
  const close = async () => {
    await fleet.close();
    await github.close();
  };
  try {
    const integrations: Integration[] = [];
    for (let from = 0; from < count; from += perOrganization)
      integrations.push(...(await createOrganization(fleet, github, { from, most: count - from })));
    const worker = { QUOTA_SHARE: '1' };
    const [apis, ...others] = await Promise.all([
      Promise.all([startApi(fleet), startApi(fleet)]),
      fleet.start('worker', worker),
      fleet.start('worker', worker),
      fleet.start('scheduler', { TICK_MS: '200' }),
    ]);
    // As on machines of their own, where a fleet has them: what they do is not in the way of who answers.
    for (const { pid } of others) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
    const stand: Stand = { fleet, integrations, apis, quiet: () => quiet(fleet), close };
    await readOnce(stand);
    return stand;
  } catch (error) {
    await close();
    throw error;
  }
}

async function createOrganization(
  fleet: Fleet,
  { url, world }: Awaited<ReturnType<typeof startGitHub>>,
  { from, most }: { readonly from: number; readonly most: number },
): Promise<Integration[]> {
  const organizationId = await createBulkTenant(fleet, `organization-${from / perOrganization}`, {
    count: Math.min(perOrganization, most),
    connector: 'github',
    kind: 'token',
    endpoint: url,
    each: (index) => ({
      secrets: { token: world.tokens[from + index]?.secret },
      settings: { organizations: [world.organizations[from + index]?.login] },
    }),
  });
  const token = { organizationId, name: 'proof', scopes: ['syncs:write'] as const, days: 1, actor: 'proof' };
  const [{ token: secret }, { rows }] = await Promise.all([
    createToken(fleet.database, token),
    fleet.superuser.query<{ id: string }>(
      'UPDATE integration SET next_sync_at = NULL WHERE organization_id = $1 RETURNING id',
      [organizationId],
    ),
  ]);
  return rows.map(({ id }) => ({ organizationId, integrationId: id, token: secret }));
}

async function startApi(fleet: Fleet): Promise<string> {
  const port = String(await freePort());
  await fleet.start('api', { API_PORT: port });
  return `http://127.0.0.1:${port}`;
}

/** By the way the API has answered before it is measured. */
async function readOnce({ integrations, apis, quiet }: Stand): Promise<void> {
  const askings = integrations.flatMap((integration, index): Asking[] =>
    apis.map((api) => ({
      ...integration,
      key: randomUUID(),
      types,
      api,
      atMs: index * 10,
      isTimed: false,
      isHeld: false,
    })),
  );
  const answers = await startLoad(askings).all;
  const refused = answers.find(({ status }) => status !== 202);
  if (refused !== undefined) throw new Error(`a sync that was asked for was answered ${refused.status}`);
  await quiet();
}

async function quiet({ superuser }: Fleet): Promise<void> {
  const unfinished = `SELECT FROM sync_run WHERE state IN ('queued', 'running', 'waiting') LIMIT 1`;
  const none = async () => (await superuser.query(unfinished)).rowCount === 0;
  await until('every run has ended', none, { ms: quietWithinMs, everyMs: 100 });
}
