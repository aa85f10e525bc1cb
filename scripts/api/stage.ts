import { randomBytes } from 'node:crypto';
import { createToken, requestSync, type TokenScope, tokenScopes } from '@evidence-fleet/db';
import { type Fleet, freePort, type GitHubSimulator, startFleet, startGitHub } from '@evidence-fleet/testbed';
import { createFleetClient, type FleetClient } from '../../packages/client/src/index.ts';
import { openTenantRows, type TenantRows } from './tenant-rows.ts';
import { twoOrganizations } from './two-organizations.ts';

/** An organization, and ids of its own that a request may name. */
export interface Side {
  readonly organizationId: string;
  readonly token: string;
  readonly integrationIds: readonly string[];
  readonly runIds: readonly string[];
}

/** A whole fleet with two organizations that have synced: one attacks, of the other nothing may be seen or changed. */
export interface Stage {
  readonly apiPort: number;
  readonly healthUrl: string;
  readonly attacker: Side;
  readonly other: Side;
  /** In every name of the other organization. */
  readonly canary: string;
  readonly rowsOfOther: TenantRows;
  /** What no answer may hold: tokens, passwords, keys. */
  readonly secrets: readonly string[];
  /** Lines that the API has logged so far. */
  apiLog(): readonly string[];
  close(): Promise<void>;
}

const scopes = Object.keys(tokenScopes) as TokenScope[]; // Object.keys widens the literal keys

export async function openStage(): Promise<Stage> {
  const canary = `canary${randomBytes(6).toString('hex')}`;
  const [fleet, github] = await Promise.all([startFleet(), startGitHub(twoOrganizations(canary))]);
  const close = async () => {
    await fleet.close();
    await github.close();
  };
  try {
    const apiPort = await freePort();
    const [api] = await Promise.all([
      fleet.start('api', { API_PORT: String(apiPort), API_RATE_PER_MINUTE: '1000000' }),
      fleet.start('worker', { SYNC_SLOTS: '1' }),
    ]);
    const url = `http://127.0.0.1:${apiPort}`;
    const [attacker, other] = await Promise.all([
      openSide({ fleet, github, url, index: 0, slug: 'attacker' }),
      openSide({ fleet, github, url, index: 1, slug: canary }),
    ]);
    return {
      ...{ apiPort, healthUrl: api.healthUrl, attacker, canary, close },
      other: await withQueuedRun(fleet, other),
      rowsOfOther: openTenantRows(fleet.superuser, other.organizationId),
      secrets: [
        ...[attacker.token, other.token, fleet.keyring, ...github.tokens.map(({ secret }) => secret)],
        ...[fleet.appUrl, fleet.redisUrl].map((one) => decodeURIComponent(new URL(one).password)).filter(Boolean),
      ],
      apiLog: () => api.log,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Opening {
  readonly fleet: Fleet;
  readonly github: GitHubSimulator;
  readonly url: string;
  readonly index: 0 | 1;
  readonly slug: string;
}

/** Two integrations, of which one has been read whole and then in part. */
async function openSide({ fleet, github, url, index, slug }: Opening): Promise<Side> {
  const { organizationId, add } = await fleet.tenant(slug);
  const integration = (name: string) =>
    add({
      ...{ connector: 'github', name, kind: 'token', secrets: { token: github.tokens[index]?.secret } },
      ...{ settings: { organizations: [github.world.organizations[index]?.login] }, endpoint: github.url },
    });
  const integrationIds = [await integration(`${slug}-one`), await integration(`${slug}-two`)];
  const { token } = await createToken(fleet.database, { organizationId, name: slug, scopes, days: 1, actor: slug });
  const client = createFleetClient({ url, token });
  const [first = ''] = integrationIds;
  const runIds = [await sync(client, first, []), await sync(client, first, ['repository'])];
  return { organizationId, token, integrationIds, runIds };
}

async function sync(client: FleetClient, integrationId: string, types: string[]): Promise<string> {
  const { runId } = await client.syncNow(integrationId, { types });
  const { state, error } = await client.waitForRun(runId);
  if (state === 'failed' || state === 'cancelled') throw new Error(`The first sync ${state}: ${error?.message}`);
  return runId;
}

/** One that no worker is told of: it would run if something of the attack reached it. */
async function withQueuedRun({ database }: Fleet, side: Side): Promise<Side> {
  const { organizationId } = side;
  const { runId } = await requestSync(database, {
    organizationId,
    integrationId: side.integrationIds[1] ?? '',
    types: [],
  });
  return { ...side, runIds: [...side.runIds, runId] };
}
