import type { Connector } from '@evidence-fleet/connector-sdk';
import { requestSync } from '@evidence-fleet/db';
import type { Quota } from '@evidence-fleet/engine';
import { createQuota } from '@evidence-fleet/quota';
import { createLogger, createScrubber } from '@evidence-fleet/service';
import type { Fleet, Tenant } from '@evidence-fleet/testbed';
import { createVault, parseKeyring } from '@evidence-fleet/vault';
import { Redis } from 'ioredis';
import { syncRun } from '../../apps/worker/src/sync-run.ts';
import type { WorkerTools } from '../../apps/worker/src/tools.ts';

/** Works on syncs as a worker does, over real stores. */
export interface Syncs {
  /** Reads one type for the first time, by an integration of its own, so that no other reading is counted with it. */
  readFirst(tenant: Tenant, reading: Reading): Promise<void>;
  close(): void;
}

interface Reading {
  readonly type: string;
  readonly integration: Omit<Parameters<Tenant['add']>[0], 'name'>;
}

/** @param quotaFactor by which every documented quota is multiplied */
export function createSyncs(fleet: Fleet, quotaFactor: number): Syncs {
  const scrubber = createScrubber();
  const redis = new Redis(fleet.redisUrl);
  const tools: WorkerTools = {
    database: fleet.database,
    heartbeats: fleet.database,
    vault: createVault(parseKeyring(fleet.keyring)),
    scrubber,
    quota: multiplied(createQuota({ redis, prefix: 'calls:', share: 1 }), quotaFactor),
    network: { allowPrivate: fleet.allowPrivate },
    log: createLogger({ name: 'calls', level: 'warn', scrubber }),
    worker: 'calls',
  };
  return {
    async readFirst({ organizationId, add }, { type, integration }) {
      const integrationId = await add({ ...integration, name: type });
      const { runId } = await requestSync(fleet.database, { organizationId, integrationId, types: [type] });
      const end = await syncRun(tools, { organizationId, runId }, new AbortController().signal);
      if (end?.release.kind !== 'end' || end.release.state === 'failed') {
        const why = end?.release.error?.message ?? 'it has to come back later';
        throw new Error(`The first reading of ${type} did not end well: ${why}`);
      }
    },
    close: () => redis.disconnect(),
  };
}

/** The same quotas, only larger. */
function multiplied(quota: Quota, factor: number): Quota {
  const larger = (limit: Connector['limits'][number]) => ({
    ...limit,
    requests: limit.requests * factor,
    ...(limit.burst !== undefined && { burst: limit.burst * factor }),
  });
  return {
    reserve: (scope, limit, maxWaitMs) => quota.reserve(scope, larger(limit), maxWaitMs),
    report: (scope, limit, report) => quota.report(scope, larger(limit), report),
    block: (scope, limit, until) => quota.block(scope, larger(limit), until),
  };
}
