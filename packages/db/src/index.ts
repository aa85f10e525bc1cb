export { bootstrapRoles, type RolePasswords } from './bootstrap.ts';
export {
  createDatabase,
  type Database,
  type DatabaseOptions,
  type ModelTransaction,
  type PoolUse,
  type Transaction,
} from './database.ts';
export { inspectServer, readDatabaseClock, type ServerReport } from './diagnosis/inspect-server.ts';
export { inspectTenancy, type TenancyReport } from './diagnosis/inspect-tenancy.ts';
export { type IntegrationCondition, readIntegrationConditions } from './diagnosis/integration-conditions.ts';
export { type MigrationState, readMigrationState } from './diagnosis/migration-state.ts';
export { type PoolerReport, probePooler } from './diagnosis/probe-pooler.ts';
export { type Claim, StaleFenceError } from './hold-run.ts';
export {
  type CredentialAccess,
  type CredentialUse,
  listCredentialAccesses,
} from './integrations/credential-use.ts';
export { type Health, recordHealth } from './integrations/health.ts';
export {
  addIntegration,
  type CredentialReplacement,
  findIntegration,
  type Integration,
  listIntegrations,
  type NewIntegration,
  readCredentialKind,
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
export { type PageIntegrations, pageIntegrations } from './integrations/page-integrations.ts';
export { countPeople, listPeople, mapAccount, type PersonAccount, unmapAccount } from './integrations/people.ts';
export { type CheckRequested, readLastCheck, requestCheck } from './integrations/request-check.ts';
export { readSealedIntegration, type SealedIntegration } from './integrations/sealed-integration.ts';
export { judgePopulations, type PopulationJudged, type PopulationOptions } from './judgement/judge-population.ts';
export {
  readJudgementInput,
  type StoredEvidence,
  type StoredGap,
  type StoredRow,
} from './judgement/judgement-input.ts';
export type { EndedJudgement } from './judgement/last-judgement.ts';
export type { ControlTest, StoredStanding } from './judgement/read-standings.ts';
export {
  type FrameworkScore,
  readScores,
  type ScoredControl,
  type ScoreInterval,
  scoreHistory,
  storeScores,
} from './judgement/scores.ts';
export { type JudgedFinding, storeFindings } from './judgement/store-findings.ts';
export { type DecidedVerdict, storeVerdicts } from './judgement/store-verdicts.ts';
export { listAssessed, listTold } from './judgement/told.ts';
export { createLedger, type Ledger, type LedgerOptions } from './ledger/create-ledger.ts';
export { migrate } from './migrate.ts';
export { nextSyncAt, type Schedule, ScheduleError, type ScheduleRange, validateSchedule } from './next-sync.ts';
export {
  addChannel,
  type ChannelKind,
  type ListedChannel,
  listChannels,
  type NewChannel,
  removeChannel,
  testChannel,
} from './notifications/channels.ts';
export {
  type DeliveryFailure,
  endDelivering,
  noteDelivered,
  type Outbox,
  type PendingNotification,
  readOutbox,
} from './notifications/deliveries.ts';
export {
  acknowledgeNotifications,
  type ListedDelivery,
  type ListedNotification,
  type ListNotifications,
  listNotifications,
} from './notifications/list-notifications.ts';
export {
  changeFleetSettings,
  type FleetSettingChange,
  type FleetSettings,
  readFleetSettings,
} from './operating/fleet-settings.ts';
export { type HeldRun, listHeldRuns } from './operating/held-runs.ts';
export { DatabaseAwayError } from './outage.ts';
export { type EvidenceCount, evidenceCounts, storedTypes } from './reading/evidence-counts.ts';
export { type EvidenceVersion, evidenceHistory, type ResourceAddress } from './reading/evidence-history.ts';
export { databaseTime, type ExportEvidence, exportEvidence } from './reading/export-evidence.ts';
export { confirmGap, type ListedGap, listGaps } from './reading/gaps.ts';
export { hasRead } from './reading/has-read.ts';
export { type EvidenceCursor, type ListEvidence, type ListedEvidence, listEvidence } from './reading/list-evidence.ts';
export { listRuns, type RunSummary } from './reading/list-runs.ts';
export {
  countedTo,
  type FailingIntegration,
  type OrganizationStatus,
  readOrganizationStatus,
} from './reading/organization-status.ts';
export { type FindingCursor, type PagedFinding, type PageFindings, pageFindings } from './reading/page-findings.ts';
export { type PageRuns, pageRuns } from './reading/page-runs.ts';
export { recentManifests, type StoredManifest } from './reading/recent-manifests.ts';
export {
  type PendingRun,
  type RunProgress,
  readRunManifest,
  readRunProgress,
  type TypeProgress,
} from './reading/run-progress.ts';
export { type CallSummary, type ShownAttempt, type ShownRun, type ShownStream, showRun } from './reading/show-run.ts';
export { type ListedFinding, type ListedVerdict, listFindings, listVerdicts } from './reading/verdicts.ts';
export {
  countFindingsInPeriod,
  type FindingsOf,
  findingsInPeriod,
  type PastFinding,
} from './report/findings-in-period.ts';
export { gapsInPeriod } from './report/gaps-in-period.ts';
export type { PeriodOf } from './report/period.ts';
export {
  integrationsInPeriod,
  type PastIntegration,
  type Readings,
  readingsInPeriod,
} from './report/population-in-period.ts';
export { type PastVerdict, type PastVerdicts, verdictsInPeriod } from './report/verdicts-in-period.ts';
export { type EndState, statesBefore, transitions, unfinishedStates } from './run-states.ts';
export { cancelRun } from './runs/cancel-run.ts';
export { type ClaimedRun, claimRun, heartbeat, leaseMs } from './runs/claim-run.ts';
export { IntegrationQuarantinedError } from './runs/quarantine.ts';
export type { Manifest } from './runs/read-manifest.ts';
export { type Redriven, redriveAll, redriveRun } from './runs/redrive-run.ts';
export { type Release, type RunError, releaseRun } from './runs/release-run.ts';
export type { Requested, RequestKey, Ring } from './runs/request.ts';
export { RequestKeyReusedError } from './runs/request-key.ts';
export { IntegrationNotFoundError, requestSync } from './runs/request-sync.ts';
export { type Backlog, readBacklog, type WaitingAge } from './scheduling/backlog.ts';
export type { BeginTrace } from './scheduling/create-runs.ts';
export { warnOfCredentials } from './scheduling/credential-dates.ts';
export { dueChannels } from './scheduling/due-channels.ts';
export { type DueHealthOptions, dueHealth } from './scheduling/due-health.ts';
export { type Fed, type FeedOptions, feed } from './scheduling/feed.ts';
export { ringForgotten, standingRuns } from './scheduling/forgotten-runs.ts';
export { type ReapedRun, reapRuns } from './scheduling/reap-runs.ts';
export { warnBeforeForgetting } from './scheduling/retention.ts';
export type { ScheduledRing } from './scheduling/ring.ts';
export {
  createToken,
  findTokenBearer,
  type ListedToken,
  listTokens,
  type NewToken,
  noteTokenUse,
  revokeToken,
  type TokenBearer,
  type TokenScope,
  tokenScopes,
} from './tokens/service-tokens.ts';
export { uuid } from './uuid.ts';
