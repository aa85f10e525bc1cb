import { connectors } from '@evidence-fleet/connectors';
import {
  countedTo,
  type Database,
  type Organization,
  type OrganizationStatus,
  readFleetSettings,
  readOrganizationStatus,
} from '@evidence-fleet/db';
import { createQueueReader, type QueueState } from '@evidence-fleet/queue';
import { createQuota, type RedisQuota } from '@evidence-fleet/quota';
import { createLogger } from '@evidence-fleet/service';
import { connectRedis, type Redis } from '../connect-redis.ts';

/** One budget that something was spent of. */
interface SpentQuota {
  readonly connector: string;
  readonly scope: string;
  /** The name of the connector's limit. */
  readonly limit: string;
  /** Calls of the last window, and what the fleet may make in one. */
  readonly used: number;
  readonly budget: number;
  readonly windowMs: number;
  /** Until the provider's block ends; 0: there is none. */
  readonly blockedMs: number;
}

/** A worker, as Redis knows its connection and PostgreSQL its leases. */
export interface SeenWorker {
  readonly name: string;
  /** This organization's runs that it holds. */
  readonly runs: number;
  /** It is connected to the queues of Redis; null: Redis does not tell. */
  readonly connected: boolean | null;
}

interface ShownQueue extends Omit<QueueState, 'workers'> {
  /** By an operator: no worker takes its jobs. */
  readonly isPaused: boolean;
}

export interface FleetStatus extends Omit<OrganizationStatus, 'leases' | 'quotaScopes'> {
  readonly organization: string;
  /** Counts that reach this are "at least". */
  readonly countedTo: number;
  readonly workers: readonly SeenWorker[];
  /** Of all organizations; null: Redis does not answer. */
  readonly queues: readonly ShownQueue[] | null;
  /** Null: Redis does not answer. */
  readonly quota: readonly SpentQuota[] | null;
}

export interface StatusReader {
  /** Costs two round trips to the database, a few commands a queue and one a budget, whatever the fleet's size. */
  read(): Promise<FleetStatus>;
  close(): Promise<void>;
}

export interface StatusReaderOptions {
  readonly database: Database;
  readonly organization: Organization;
  readonly redisUrl: string;
  /** As the workers have it, where none is set for the whole fleet. */
  readonly quotaShare: number;
}

export async function createStatusReader(options: StatusReaderOptions): Promise<StatusReader> {
  const { database, organization, redisUrl, quotaShare } = options;
  const log = createLogger({ name: 'cli', level: 'silent' });
  const queueReader = createQueueReader({ redis: redisUrl, log });
  let redis: Redis | undefined;
  const quotas = async (share: number): Promise<RedisQuota> => {
    redis ??= await connectRedis(redisUrl);
    return createQuota({ redis, prefix: 'fleet:', share });
  };
  return {
    async read() {
      const [status, settings, queues] = await Promise.all([
        readOrganizationStatus(database, organization.id),
        readFleetSettings(database),
        queueReader.read().catch(orNull),
      ]);
      const { leases, quotaScopes, ...rest } = status;
      return {
        ...{ organization: organization.slug, ...rest, countedTo },
        workers: mergeWorkers(leases, queues),
        queues:
          queues?.map(({ workers: _, ...queue }) => ({ ...queue, isPaused: settings.paused.has(queue.name) })) ?? null,
        quota:
          queues === null
            ? null
            : await readQuotas(() => quotas(settings.quotaShare ?? quotaShare), quotaScopes).catch(orNull),
      };
    },
    async close() {
      await queueReader.close();
      redis?.disconnect();
    },
  };
}

/** Without Redis the rest is worth as much as ever. */
function orNull(error: unknown): null {
  if (error instanceof Error && /^(Queue|Quota)UnavailableError$/.test(error.name)) return null;
  throw error;
}

function mergeWorkers(leases: OrganizationStatus['leases'], queues: readonly QueueState[] | null): SeenWorker[] {
  const told = queues?.flatMap(({ workers }) => workers ?? []) ?? [];
  const isTold = queues?.every(({ workers }) => workers !== null) ?? false;
  const names = new Set([...told, ...leases.map(({ worker }) => worker)]);
  return [...names].sort().map((name) => ({
    name,
    runs: leases.find(({ worker }) => worker === name)?.runs ?? 0,
    connected: isTold ? told.includes(name) : null,
  }));
}

/** Budgets of which something is used, or that are blocked; those of which most is used first. */
async function readQuotas(
  open: () => Promise<RedisQuota>,
  scopes: OrganizationStatus['quotaScopes'],
): Promise<SpentQuota[]> {
  if (scopes.length === 0) return [];
  const quota = await open();
  const asked = scopes.flatMap(({ connector, scope }) =>
    (connectors.get(connector)?.limits ?? []).map(async (limit) => ({
      ...{ connector, scope, limit: limit.name, windowMs: limit.perMs },
      ...(await quota.usage(scope, limit)),
    })),
  );
  const spent = (await Promise.all(asked)).filter(({ used, blockedMs }) => used > 0 || blockedMs > 0);
  return spent.sort((one, other) => other.used / other.budget - one.used / one.budget);
}
