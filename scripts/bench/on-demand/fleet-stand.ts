import { createProducer, type Producer } from '@evidence-fleet/queue';
import { createLogger } from '@evidence-fleet/service';
import {
  createBulkTenant,
  type Fleet,
  type GitHubSimulator,
  type GitHubWorld,
  generateGitHubWorld,
  startFleet,
  startGitHub,
  until,
} from '@evidence-fleet/testbed';

/** A scheduler and a worker, each a process of its own, and providers in this one. */
export interface FleetStand {
  readonly fleet: Fleet;
  readonly producer: Producer;
  /** Scheduled syncs that the worker does at once: its default. */
  readonly slots: number;
  /** Of accounts, each with a user, a token and an organization of a handful of resources. Whoever syncs a part of them shares no quota with the rest. */
  readonly world: GitHubWorld;
  /** A provider that shows this world, each answer delayed. */
  simulate(delayMs: number): Promise<GitHubSimulator>;
  /** A tenant whose integrations are all due now. */
  addCrowd(count: number): Promise<Crowd>;
  count(query: string, ...values: string[]): Promise<number>;
  close(): Promise<void>;
}

interface Crowd {
  /** Resolves when every slot is taken by one of its syncs. */
  isFlowing(): Promise<void>;
  /** Integrations that are due or whose sync waits for a slot, and syncs that have ended. */
  counts(): Promise<{ readonly waiting: number; readonly ended: number }>;
}

const slots = 10;
const tiny = { repositories: 1, members: 1, pullRequests: 1, alerts: 1, denied: 0 };
/** The crowd's syncs are spread over the last accounts, so that no quota stands in their way. */
const crowdAccounts = 40;
/** Of one answer to the crowd; a sync takes about a second then. */
const crowdDelayMs = 100;

/** @param accounts beside those of the crowd */
export async function openFleetStand(accounts: number): Promise<FleetStand> {
  const fleet = await startFleet({ postgres: { durable: true } });
  const producer = createProducer({ redis: fleet.redisUrl, log: createLogger({ name: 'bench', level: 'silent' }) });
  const simulators: GitHubSimulator[] = [];
  const world = generateGitHubWorld({ ...tiny, organizations: accounts + crowdAccounts });
  const stand: FleetStand = {
    fleet,
    producer,
    slots,
    world,
    async simulate(delayMs) {
      const simulator = await startGitHub(world, { delayMs });
      simulators.push(simulator);
      return simulator;
    },
    addCrowd: (count) => addCrowd(stand, count),
    async count(query, ...values) {
      const { rows } = await fleet.superuser.query<{ count: number }>(`SELECT count(*)::int ${query}`, values);
      return rows[0]?.count ?? 0;
    },
    async close() {
      await producer.close();
      await fleet.close();
      for (const simulator of simulators) await simulator.close();
    },
  };
  try {
    await Promise.all([
      fleet.start('scheduler'),
      fleet.start('worker', { SYNC_SLOTS: String(slots), QUOTA_SHARE: '1' }),
    ]);
  } catch (error) {
    await stand.close();
    throw error;
  }
  return stand;
}

async function addCrowd({ fleet, world, simulate, count }: FleetStand, size: number): Promise<Crowd> {
  const { url } = await simulate(crowdDelayMs);
  const [tokens, organizations] = [world.tokens.slice(-crowdAccounts), world.organizations.slice(-crowdAccounts)];
  const organizationId = await createBulkTenant(fleet, 'crowd', {
    count: size,
    connector: 'github',
    kind: 'token',
    endpoint: url,
    each: (index) => ({
      secrets: { token: tokens[index % crowdAccounts]?.secret },
      settings: { organizations: [organizations[index % crowdAccounts]?.login] },
    }),
  });
  return {
    async isFlowing() {
      const running = `FROM sync_run WHERE organization_id = $1 AND state = 'running'`;
      await until('the crowd takes every slot', async () => (await count(running, organizationId)) === slots);
    },
    async counts() {
      const due = await count('FROM integration WHERE organization_id = $1 AND next_sync_at <= now()', organizationId);
      const queued = await count(`FROM sync_run WHERE organization_id = $1 AND state = 'queued'`, organizationId);
      const ended = await count('FROM sync_run WHERE organization_id = $1 AND finished_at IS NOT NULL', organizationId);
      return { waiting: due + queued, ended };
    },
  };
}
