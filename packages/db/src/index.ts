export { bootstrapRoles, type RolePasswords } from './bootstrap.ts';
export {
  createDatabase,
  type Database,
  type DatabaseOptions,
  type ModelTransaction,
  type Transaction,
} from './database.ts';
export { type Claim, StaleFenceError } from './hold-run.ts';
export { type Health, recordHealth } from './integrations/health.ts';
export {
  addIntegration,
  findIntegration,
  type Integration,
  listIntegrations,
  type NewIntegration,
  readSealedCredential,
  replaceCredential,
  type StoredCredential,
} from './integrations/integrations.ts';
export { pauseIntegration, removeIntegration, resumeIntegration } from './integrations/lifecycle.ts';
export {
  createOrganization,
  findOrganization,
  type Organization,
  OrganizationKeyDestroyedError,
  readOrganizationKey,
  replaceOrganizationKey,
  rewrapOrganizationKeys,
  type WrappedKey,
} from './integrations/organizations.ts';
export { readSealedIntegration, type SealedIntegration } from './integrations/sealed-integration.ts';
export { judgePopulation, type PopulationJudged, type PopulationOptions } from './judgement/judge-population.ts';
export {
  readJudgementInput,
  type StoredEvidence,
  type StoredGap,
  type StoredRow,
} from './judgement/judgement-input.ts';
export type { ControlTest, StoredStanding } from './judgement/read-standing.ts';
export { type JudgedFinding, storeFindings } from './judgement/store-findings.ts';
export { type DecidedVerdict, storeVerdict } from './judgement/store-verdict.ts';
export { createLedger, type Ledger, type LedgerOptions } from './ledger/create-ledger.ts';
export { migrate } from './migrate.ts';
export { nextSyncAt, type Schedule, ScheduleError, type ScheduleRange, validateSchedule } from './next-sync.ts';
export { DatabaseAwayError } from './outage.ts';
export { type EvidenceCount, evidenceCounts, storedTypes } from './reading/evidence-counts.ts';
export { type EvidenceVersion, evidenceHistory, type ResourceAddress } from './reading/evidence-history.ts';
export { databaseTime, type ExportEvidence, exportEvidence } from './reading/export-evidence.ts';
export { confirmGap, type ListedGap, listGaps } from './reading/gaps.ts';
export { hasRead } from './reading/has-read.ts';
export { type EvidenceCursor, type ListEvidence, type ListedEvidence, listEvidence } from './reading/list-evidence.ts';
export { listRuns, type RunSummary } from './reading/list-runs.ts';
export { type CallSummary, type ShownAttempt, type ShownRun, type ShownStream, showRun } from './reading/show-run.ts';
export { type ListedFinding, type ListedVerdict, listFindings, listVerdicts } from './reading/verdicts.ts';
export { type EndState, statesBefore, transitions, unfinishedStates } from './run-states.ts';
export { cancelRun } from './runs/cancel-run.ts';
export { type ClaimedRun, claimRun, heartbeat, leaseMs } from './runs/claim-run.ts';
export { IntegrationQuarantinedError } from './runs/quarantine.ts';
export type { Manifest } from './runs/read-manifest.ts';
export { type Redriven, redriveAll, redriveRun } from './runs/redrive-run.ts';
export { type Release, type RunError, releaseRun } from './runs/release-run.ts';
export { IntegrationNotFoundError, type Requested, type Ring, requestSync } from './runs/request-sync.ts';
export { type DueHealthOptions, dueHealth } from './scheduling/due-health.ts';
export { type Fed, type FeedOptions, feed } from './scheduling/feed.ts';
export { ringForgotten, standingRuns } from './scheduling/forgotten-runs.ts';
export { openBreakers } from './scheduling/open-breakers.ts';
export { type ReapedRun, reapRuns } from './scheduling/reap-runs.ts';
export { warnBeforeForgetting } from './scheduling/retention.ts';
export type { ScheduledRing } from './scheduling/ring.ts';
export { uuid } from './uuid.ts';
