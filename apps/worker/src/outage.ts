import type { Quota } from '@evidence-fleet/engine';
import { QuotaUnavailableError } from '@evidence-fleet/quota';

/**
 * The same quota, whose owner hears when nobody knows whether a call may be made. That is the fleet's own outage and must not be taken for
 * one of the provider: the run stops for a moment instead of failing an attempt.
 */
export function hearOutages(quota: Quota, onOutage: () => void): Quota {
  return {
    ...quota,
    async reserve(scope, limit, maxWaitMs) {
      try {
        return await quota.reserve(scope, limit, maxWaitMs);
      } catch (error) {
        if (error instanceof QuotaUnavailableError) onOutage();
        throw error;
      }
    },
  };
}
