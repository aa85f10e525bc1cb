export { describeConnector, type TestWords } from './conformance.ts';
export { type ConnectorRule, connectorRules } from './connector-rules.ts';
export { type ConnectorWorld, type WorldRule, worldRules } from './connector-world.ts';
export { attempt, createIdleRuntime, fakeConnector, silentLog } from './fakes.ts';
export {
  type MemoryGap,
  type MemoryHead,
  MemoryLedger,
  type MemoryStreamRun,
  type MemoryVersion,
} from './memory-ledger.ts';
export { MemoryQuota } from './memory-quota.ts';
export { createMemorySink, type MemorySink } from './memory-sink.ts';
