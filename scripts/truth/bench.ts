import { createDatabase } from '@evidence-fleet/db';
import { createQuota } from '@evidence-fleet/quota';
import { createLogger, createScrubber } from '@evidence-fleet/service';
import { createVault, parseKeyring } from '@evidence-fleet/vault';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { WorkerTools } from '../../apps/worker/src/tools.ts';
import { type Cloner, createCloner } from './clone.ts';

/** Where the stores are, for this process and its children. */
export interface Stores {
  readonly appUrl: string;
  readonly superuserUrl: string;
  readonly redisUrl: string;
  readonly keyring: string;
}

/** What one process runs syncs with: a worker's tools over real stores, and a look behind the policies. */
export interface Bench {
  /** @param prefix a quota of its own: what one attempt was told to wait for does not hold up the next */
  tools(prefix: string, limits: NonNullable<WorkerTools['limits']>): WorkerTools;
  readonly superuser: pg.Pool;
  readonly cloner: Cloner;
  /** Lines of the worker's log that tell of a defect of ours, in the organization. */
  defects(organizationId: string): readonly string[];
  close(): Promise<void>;
}

export async function openBench(stores: Stores): Promise<Bench> {
  const database = createDatabase({ url: stores.appUrl, poolSize: 12 });
  const heartbeats = createDatabase({ url: stores.appUrl, poolSize: 2 });
  const redis = new Redis(stores.redisUrl);
  const superuser = new pg.Pool({ connectionString: stores.superuserUrl, max: 4 });
  superuser.on('error', () => {}); // an idle connection that breaks while the server goes down
  const scrubber = createScrubber();
  const defects: string[] = [];
  const note = (line: string) => {
    if (/"msg":"(?:stream\.defect|sync\.failed_unexpectedly)"/.test(line)) defects.push(line);
  };
  const log = createLogger({ name: 'truth', level: 'warn', scrubber, destination: { write: note } });
  const vault = createVault(parseKeyring(stores.keyring));
  return {
    superuser,
    cloner: await createCloner(superuser, stores.keyring),
    tools: (prefix, limits) => ({
      database,
      heartbeats,
      vault,
      scrubber,
      quota: createQuota({ redis, prefix, share: 1 }),
      // Every address of this machine: what keeps the credential at home must be the pinning, not the network.
      network: { allowPrivate: ['127.0.0.0/8', '::1/128'] },
      limits,
      log,
      worker: 'truth',
    }),
    defects: (organizationId) => defects.filter((line) => line.includes(organizationId)),
    async close() {
      redis.disconnect();
      await Promise.all([database.close(), heartbeats.close(), superuser.end()]);
    },
  };
}
