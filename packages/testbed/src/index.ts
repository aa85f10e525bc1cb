export { type Collected, collectStream, materialOf } from './collect-stream.ts';
export type { Fault, Faults, PlannedFault } from './github/faults.ts';
export { generateGitHubWorld, type WorldSize } from './github/generate.ts';
export { type GitHubSimulator, type LoggedRequest, startGitHub } from './github/server.ts';
export { githubTruth } from './github/truth.ts';
export type { TrueEvidence } from './github/truth-of-repository.ts';
export type {
  GitHubWorld,
  WorldAlert,
  WorldMember,
  WorldOrganization,
  WorldProtection,
  WorldPullRequest,
  WorldRepository,
  WorldToken,
} from './github/world.ts';
export { type RedisOptions, type RedisServer, startRedis } from './redis.ts';
export { type RecordedCall, type TestRuntime, testRuntime } from './test-runtime.ts';
