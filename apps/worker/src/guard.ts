import { createRuntime, type GuardedRuntime } from '@evidence-fleet/engine';
import { observeCalls, observeQuota } from './observe-run.ts';
import type { OpenIntegration } from './open-integration.ts';
import type { WorkerTools } from './tools.ts';

/**
 * The guard round the provider calls of one run or check.
 * @param quotaScope what `check` reported; undefined before the first one
 */
export function guardCalls(
  tools: Pick<WorkerTools, 'quota' | 'network' | 'limits' | 'log' | 'tracer' | 'metrics'>,
  { connector, integration, settings, saveCredentials, protect }: OpenIntegration,
  { signal, quotaScope }: { readonly signal: AbortSignal; readonly quotaScope: () => string | undefined },
): GuardedRuntime {
  return createRuntime({
    connector,
    settings,
    endpoint: integration.endpoint ?? undefined,
    quota: observeQuota(tools.quota, tools, connector.id),
    observer: observeCalls(tools, connector.id),
    quotaScope,
    integrationId: integration.id,
    network: tools.network,
    ...(tools.limits !== undefined && { limits: tools.limits }),
    signal,
    log: tools.log,
    saveCredentials,
    protect,
  });
}
