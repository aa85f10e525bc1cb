export { attempt, createIdleRuntime, fakeConnector, silentLog } from './fakes.ts';
export {
  type MemoryGap,
  type MemoryHead,
  MemoryLedger,
  type MemoryStreamRun,
  type MemoryVersion,
} from './memory-ledger.ts';
export { createMemorySink, type MemorySink } from './memory-sink.ts';
export { MemoryQuota } from './memory-quota.ts';
