export type { AwsChanges } from './aws/change.ts';
export type { AwsAnswer, AwsFaults, FaultSite } from './aws/faults.ts';
export { type Aws, type AwsOptions, type AwsRequest, startAws } from './aws/front.ts';
export { type AwsWorldOptions, generateAwsWorld } from './aws/generate.ts';
export { awsAvailability, type Moto, startMoto } from './aws/moto.ts';
export { awsTruth } from './aws/truth.ts';
export type { AwsAccount, AwsBucket, AwsPublicAccessBlock, AwsTrail, AwsUser, AwsVpc, AwsWorld } from './aws/world.ts';
export { type BulkIntegrations, createBulkTenant } from './bulk-tenant.ts';
export { type BlackHole, startBlackHole } from './chaos/black-hole.ts';
export { shiftedClock } from './chaos/shifted-clock.ts';
export { mountSmallVolume, type SmallVolume } from './chaos/small-volume.ts';
export { type Collected, collectStream, materialOf } from './collect-stream.ts';
export {
  createDatabase as createFleetDatabase,
  type DatabaseUrls,
  startDatabase,
  type TestDatabase,
} from './database.ts';
export type { FaultAdapter, FrontFault, FrontSite } from './fault-front/adapter.ts';
export { awsFaults } from './fault-front/aws-faults.ts';
export { faultsOf } from './fault-front/faults.ts';
export { type FaultFront, type FaultFrontOptions, type PlannedStrike, startFaultFront } from './fault-front/front.ts';
export { githubFaults } from './fault-front/github-faults.ts';
export { jiraFaults } from './fault-front/jira-faults.ts';
export { oktaFaults } from './fault-front/okta-faults.ts';
export { type Fleet, type FleetOptions, startFleet } from './fleet.ts';
export { type FleetEnvironment, type FleetProcess, startFleetProcess } from './fleet-process.ts';
export { freePort } from './free-port.ts';
export { installApp } from './github/app.ts';
export { createHold, type Fault, type Faults, type Hold, type PlannedFault } from './github/faults.ts';
export { generateGitHubWorld } from './github/generate.ts';
export { createRandom, type Random } from './github/random.ts';
export { type GitHubSimulator, type LoggedRequest, startGitHub } from './github/server.ts';
export { githubTruth } from './github/truth.ts';
export type { TrueEvidence } from './github/truth-of-repository.ts';
export type {
  GitHubWorld,
  WorldAlert,
  WorldInstallation,
  WorldMember,
  WorldOrganization,
  WorldProtection,
  WorldPullRequest,
  WorldRepository,
  WorldToken,
} from './github/world.ts';
export type { WorldSize } from './github/world-size.ts';
export { generateJiraWorld } from './jira/generate.ts';
export { type JiraOptions, type JiraSimulator, startJira } from './jira/server.ts';
export { jiraTruth } from './jira/truth.ts';
export type { JiraWorld } from './jira/world.ts';
export type { JiraWorldSize } from './jira/world-size.ts';
export { generateOktaWorld } from './okta/generate.ts';
export { type OktaOptions, type OktaSimulator, startOkta } from './okta/server.ts';
export { oktaTruth } from './okta/truth.ts';
export type { OktaWorld } from './okta/world.ts';
export type { OktaWorldSize } from './okta/world-size.ts';
export { type Pgbouncer, startPgbouncer } from './pgbouncer.ts';
export { type Postgres, type PostgresOptions, startPostgres } from './postgres.ts';
export {
  hastenRules,
  type Prometheus,
  prometheusAvailability,
  promtool,
  type Sample,
  startPrometheus,
} from './prometheus.ts';
export { type PythonVenv, pythonVenv } from './python-venv.ts';
export { type RedisOptions, type RedisServer, startRedis } from './redis.ts';
export { type RedisCluster, startRedisCluster } from './redis-cluster.ts';
export { type SeededOrganization, seedIntegrations } from './seed-integrations.ts';
export { type SentSpan, type SpanReceiver, startSpanReceiver } from './span-receiver.ts';
export { createTenant, type Tenant, type TenantIntegration } from './tenant.ts';
export { createTestOrganization } from './test-organization.ts';
export { type RecordedCall, type TestRuntime, testRuntime } from './test-runtime.ts';
export { until } from './until.ts';
