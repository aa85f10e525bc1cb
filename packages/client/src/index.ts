export type {
  CheckRequested,
  Evidence,
  ExportEvidenceQuery,
  Finding,
  Integration,
  IntegrationDetails,
  ListEvidenceQuery,
  ListFindingsQuery,
  ListIntegrationsQuery,
  ListRunsQuery,
  Problem,
  Run,
  RunCancelled,
  RunDetails,
  RunProgress,
  SyncRequested,
  Verdict,
} from './api.ts';
export {
  type CallOptions,
  createFleetClient,
  type FleetClient,
  type SyncOptions,
  type WaitOptions,
  type WatchOptions,
} from './client.ts';
export { FleetError } from './fleet-error.ts';
export type { ClientOptions } from './send.ts';
