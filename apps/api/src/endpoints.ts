import type { Endpoint } from './endpoint.ts';
import { exportAllEvidence, listEvidence } from './routes/evidence.ts';
import { checkIntegration, getIntegration, listIntegrations } from './routes/integrations.ts';
import { listFindings, listVerdicts } from './routes/judgement.ts';
import { watchRun } from './routes/run-events.ts';
import { cancelRun, getRun, listRuns } from './routes/runs.ts';
import { syncIntegration } from './routes/syncs.ts';

/** Every operation of the API, in the order of its description. */
export const endpoints: readonly Endpoint[] = [
  listIntegrations,
  getIntegration,
  checkIntegration,
  syncIntegration,
  listRuns,
  getRun,
  cancelRun,
  watchRun,
  listEvidence,
  exportAllEvidence,
  listFindings,
  listVerdicts,
];
