// Made of docs/openapi.json by `npm run docs:openapi`: changes are made in apps/api.

export interface CheckRequested {
  integrationId: string;
  requestedAt: string;
}

export interface Evidence {
  id: string;
  title: string;
  type: string;
  source: {
    connector: string;
    integration: string;
    integrationId: string;
    account: string | null;
  };
  /** The provider's immutable id. */
  key: (string | number)[];
  /** Every field that the provider showed; as of a time without those of which only the latest is kept. */
  data: { [field: string]: unknown };
  metadata: {
    typeVersion: number;
    slice: string;
    /** SHA-256 of the versioned fields' RFC 8785 JSON, hexadecimal. */
    hash: string;
    runId: string;
    endReason: string | null;
  };
  /** When it was last proven. */
  collectedAt: string;
  validFrom: string;
  /** The end of this version; null while it stands. */
  validTo: string | null;
  /** Until when it serves the strictest of its controls; null where it serves none. */
  validUntil: string | null;
  controls: string[];
}

export interface EvidencePage {
  items: Evidence[];
  /** Ask for the next page with it; null: this page is the last one. */
  nextCursor: string | null;
}

export interface Finding {
  controlId: string;
  status: 'pass' | 'fail' | 'unknown' | 'not_applicable';
  resource: string;
  type: string;
  integrationId: string;
  integration: string;
  reason: string;
  since: string;
}

export interface FindingPage {
  items: Finding[];
  /** Ask for the next page with it; null: this page is the last one. */
  nextCursor: string | null;
}

export interface Integration {
  id: string;
  name: string;
  connector: string;
  /** degraded: the provider is in trouble. error: a person must act. */
  status: 'pending' | 'active' | 'degraded' | 'error' | 'paused' | 'disabled';
  /** Why it is as it is, and what to do. */
  statusReason: string | null;
  /** Null before the first check. */
  account: {
    id: string;
    title: string | null;
  } | null;
  schedule: {
    intervalMinutes: number | null;
    cron: string | null;
    timeZone: string | null;
  };
  nextSyncAt: string | null;
  /** Not synced until this run is redriven: it ended its workers. */
  quarantinedRunId: string | null;
  /** Syncs in a row that met an outage of the provider; `until`: held back until then. */
  breaker: {
    failures: number;
    since: string | null;
    reason: string | null;
    until: string | null;
  } | null;
  /** From then on a source forgets what was not read. */
  forgets: {
    at: string;
    type: string | null;
  } | null;
  credentialExpiresAt: string | null;
  createdAt: string;
}

export interface IntegrationDetails {
  id: string;
  name: string;
  connector: string;
  /** degraded: the provider is in trouble. error: a person must act. */
  status: 'pending' | 'active' | 'degraded' | 'error' | 'paused' | 'disabled';
  /** Why it is as it is, and what to do. */
  statusReason: string | null;
  /** Null before the first check. */
  account: {
    id: string;
    title: string | null;
  } | null;
  schedule: {
    intervalMinutes: number | null;
    cron: string | null;
    timeZone: string | null;
  };
  nextSyncAt: string | null;
  /** Not synced until this run is redriven: it ended its workers. */
  quarantinedRunId: string | null;
  /** Syncs in a row that met an outage of the provider; `until`: held back until then. */
  breaker: {
    failures: number;
    since: string | null;
    reason: string | null;
    until: string | null;
  } | null;
  /** From then on a source forgets what was not read. */
  forgets: {
    at: string;
    type: string | null;
  } | null;
  credentialExpiresAt: string | null;
  createdAt: string;
  /** When a worker last opened its credential, for a sync or a check. */
  checkedAt: string | null;
}

export interface IntegrationPage {
  items: Integration[];
  /** Ask for the next page with it; null: this page is the last one. */
  nextCursor: string | null;
}

export interface Problem {
  /** urn:evidence-fleet:problem: and the code */
  type: string;
  title: string;
  status: number;
  /** What to do about it. */
  detail: string;
  code: 'invalid_request' | 'unauthenticated' | 'forbidden' | 'not_found' | 'method_not_allowed' | 'timeout' | 'conflict' | 'too_large' | 'unsupported_media_type' | 'key_reused' | 'rate_limited' | 'headers_too_large' | 'internal' | 'unavailable';
  /** By which the log knows the request; also the header X-Request-Id. */
  requestId: string;
  /** What does not fit, field by field. */
  errors?: ({
    in: 'path' | 'query' | 'header' | 'body';
    field: string;
    message: string;
  })[];
}

export interface Run {
  id: string;
  integrationId: string;
  /** Its name. */
  integration: string;
  connector: string;
  trigger: 'schedule' | 'demand';
  /** queued: not begun. waiting: begun, and to go on later. partial: ended, and not everything could be read. */
  state: 'queued' | 'running' | 'waiting' | 'succeeded' | 'partial' | 'failed' | 'cancelled';
  /** Evidence types asked for; empty: all. */
  types: string[];
  requestedAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  /** Goes on no sooner; of interest while it waits. */
  availableAt: string | null;
  cancelRequestedAt: string | null;
  /** Tries that ended in a retry. */
  attempts: number;
  error: {
    code: string;
    /** What to do about it. */
    message: string;
  } | null;
  counts: {
    slices: number;
    slicesClosed: number;
    seen: number;
    added: number;
    changed: number;
    unchanged: number;
    retired: number;
    gaps: number;
  };
  /** The run that has to end before this one begins. */
  waitsFor: {
    runId: string;
    state: 'queued' | 'running' | 'waiting' | 'succeeded' | 'partial' | 'failed' | 'cancelled';
  } | null;
}

export interface RunCancelled {
  runId: string;
  /** requested: its worker ends it within seconds. */
  outcome: 'cancelled' | 'requested';
}

export interface RunDetails {
  id: string;
  integrationId: string;
  /** Its name. */
  integration: string;
  connector: string;
  trigger: 'schedule' | 'demand';
  /** queued: not begun. waiting: begun, and to go on later. partial: ended, and not everything could be read. */
  state: 'queued' | 'running' | 'waiting' | 'succeeded' | 'partial' | 'failed' | 'cancelled';
  /** Evidence types asked for; empty: all. */
  types: string[];
  requestedAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  /** Goes on no sooner; of interest while it waits. */
  availableAt: string | null;
  cancelRequestedAt: string | null;
  /** Tries that ended in a retry. */
  attempts: number;
  error: {
    code: string;
    /** What to do about it. */
    message: string;
  } | null;
  counts: {
    slices: number;
    slicesClosed: number;
    seen: number;
    added: number;
    changed: number;
    unchanged: number;
    retired: number;
    gaps: number;
  };
  /** The run that has to end before this one begins. */
  waitsFor: {
    runId: string;
    state: 'queued' | 'running' | 'waiting' | 'succeeded' | 'partial' | 'failed' | 'cancelled';
  } | null;
  streams: ({
    type: string;
    slice: string;
    mode: string;
    status: 'open' | 'complete' | 'partial' | 'failed';
    openedAt: string;
    closedAt: string | null;
    /** What the provider counts, where it does. */
    expected: number | null;
    seen: number;
    added: number;
    changed: number;
    unchanged: number;
    retired: number;
    gaps: number;
    error: {
      code: string;
      /** What to do about it. */
      message: string;
    } | null;
  })[];
  /** What this run could not read, the latest 200. */
  gaps: ({
    id: string;
    type: string;
    slice: string;
    scope: string;
    reason: string;
    /** What to do about it. */
    detail: string;
    openedAt: string;
    closedAt: string | null;
  })[];
  /** Calls to the provider. */
  calls: {
    operation: string;
    calls: number;
    retries: number;
    throttled: number;
    failed: number;
    responseBytes: number;
    /** Waited for the fleet's quota. */
    waitedMs: number;
  }[];
  /** As whom it ran, with which grants, and how each slice ended; null before its end. */
  manifest: { [field: string]: unknown } | null;
}

export interface RunPage {
  items: Run[];
  /** Ask for the next page with it; null: this page is the last one. */
  nextCursor: string | null;
}

export interface RunProgress {
  id: string;
  integrationId: string;
  /** Its name. */
  integration: string;
  connector: string;
  trigger: 'schedule' | 'demand';
  /** queued: not begun. waiting: begun, and to go on later. partial: ended, and not everything could be read. */
  state: 'queued' | 'running' | 'waiting' | 'succeeded' | 'partial' | 'failed' | 'cancelled';
  /** Evidence types asked for; empty: all. */
  types: string[];
  requestedAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  /** Goes on no sooner; of interest while it waits. */
  availableAt: string | null;
  cancelRequestedAt: string | null;
  /** Tries that ended in a retry. */
  attempts: number;
  error: {
    code: string;
    /** What to do about it. */
    message: string;
  } | null;
  counts: {
    slices: number;
    slicesClosed: number;
    seen: number;
    added: number;
    changed: number;
    unchanged: number;
    retired: number;
    gaps: number;
  };
  /** The run that has to end before this one begins. */
  waitsFor: {
    runId: string;
    state: 'queued' | 'running' | 'waiting' | 'succeeded' | 'partial' | 'failed' | 'cancelled';
  } | null;
  /** By evidence type. */
  progress: {
    type: string;
    slices: number;
    slicesClosed: number;
    seen: number;
    added: number;
    changed: number;
    retired: number;
    gaps: number;
  }[];
}

export interface SyncRequested {
  /** The run that answers this request: it begins after the request was made. */
  runId: string;
  /** joined: a run that had not begun. follow_up: one that begins when the present run ends. */
  how: 'created' | 'joined' | 'follow_up';
  /** As it stands now; null where it was dropped in the meantime. */
  run: Run | null;
}

export interface Verdict {
  controlId: string;
  title: string;
  severity: 'low' | 'medium' | 'high' | 'critical';
  /** Requirements of SOC 2 and ISO 27001. */
  satisfies: string[];
  /** Null: not judged, no integration that it concerns was synced yet. */
  status: 'pass' | 'fail' | 'unknown' | 'not_applicable' | null;
  since: string | null;
  /** Past it, it reads unknown. */
  freshUntil: string | null;
  isStale: boolean;
  /** Resources by status. */
  counts: { [field: string]: number };
  openGaps: number;
  /** What was not read in time, a few of them. */
  unread: string[];
}

export interface VerdictList {
  items: Verdict[];
}

export interface ListIntegrationsQuery {
  connector?: string;
  status?: 'pending' | 'active' | 'degraded' | 'error' | 'paused' | 'disabled';
  /** Items of a page at most. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
}

export interface ListRunsQuery {
  integrationId?: string;
  state?: 'queued' | 'running' | 'waiting' | 'succeeded' | 'partial' | 'failed' | 'cancelled';
  /** Items of a page at most. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
}

export interface ListEvidenceQuery {
  /** Of one evidence type only, by its name or an alias. */
  type?: string;
  integrationId?: string;
  /** What stood at this time, ISO 8601; without it, what stands now. */
  asOf?: string;
  /** Items of a page at most. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
}

export interface ExportEvidenceQuery {
  /** Of one evidence type only, by its name or an alias. */
  type?: string;
  integrationId?: string;
  /** What stood at this time, ISO 8601; without it, what stands now. */
  asOf?: string;
}

export interface ListFindingsQuery {
  controlId?: string;
  integrationId?: string;
  status?: 'pass' | 'fail' | 'unknown' | 'not_applicable';
  /** Items of a page at most. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
}

/** Where each operation is found. */
export const operations = {
  listIntegrations: { method: 'GET', path: '/api/v1/integrations' },
  getIntegration: { method: 'GET', path: '/api/v1/integrations/{id}' },
  checkIntegration: { method: 'POST', path: '/api/v1/integrations/{id}/check' },
  syncIntegration: { method: 'POST', path: '/api/v1/integrations/{id}/sync' },
  listRuns: { method: 'GET', path: '/api/v1/runs' },
  getRun: { method: 'GET', path: '/api/v1/runs/{id}' },
  cancelRun: { method: 'POST', path: '/api/v1/runs/{id}/cancel' },
  watchRun: { method: 'GET', path: '/api/v1/runs/{id}/events' },
  listEvidence: { method: 'GET', path: '/api/v1/evidence' },
  exportEvidence: { method: 'GET', path: '/api/v1/evidence/export' },
  listFindings: { method: 'GET', path: '/api/v1/findings' },
  listVerdicts: { method: 'GET', path: '/api/v1/verdicts' },
} as const;
