export { type CallTerm, type Counts, countCalls, formulaOf, type LeastCalls, namesIn } from './calls.ts';
export {
  type AuthKind,
  type Checked,
  type Connector,
  type Credentials,
  defineConnector,
  type FailedAnswer,
  type Limit,
  type QuotaReport,
  type Schedule,
} from './connector.ts';
export { ConnectorError, type ConnectorErrorCode, connectorErrorCodes, nullIf } from './errors.ts';
export { defineEvidence, type EvidenceMode, type EvidenceType, type Redaction, type Row } from './evidence.ts';
export { each, Gap, type GapReason, type GapSite } from './gap.ts';
export type { Logger } from './logger.ts';
export type { Runtime } from './runtime.ts';
export { Checkpoint, Expected, type Slice, type Stream, type StreamContext, stream, type Yielded } from './stream.ts';
