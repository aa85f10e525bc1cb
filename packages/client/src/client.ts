import type {
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
  Run,
  RunCancelled,
  RunDetails,
  RunProgress,
  SyncRequested,
  Verdict,
  VerdictList,
} from './api.ts';
import { readLines } from './read-lines.ts';
import { type ClientOptions, createSender, type Request, type Send } from './send.ts';
import { createWatch, waitForEnd } from './watch-run.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface SyncOptions extends CallOptions {
  /** Evidence types or aliases; without them all that the integration has. */
  readonly types?: readonly string[];
  /** The same key within a day is the same request; made anew for every call where none is given. */
  readonly idempotencyKey?: string;
}

export interface WatchOptions extends CallOptions {
  /** Goes on behind this event. */
  readonly lastEventId?: string;
}

export interface WaitOptions extends CallOptions {
  /** Hears of everything that changes. */
  readonly onProgress?: (run: RunProgress) => void;
}

/** An organization's fleet, as its token sees it. Whatever fails throws FleetError, once the retries are used up. */
export interface FleetClient {
  /** Asks for a sync ahead of the schedule; what was answered is never lost, and a repeated call with the same key asks once. */
  syncNow(integrationId: string, options?: SyncOptions): Promise<SyncRequested>;
  /** Waits for the end of a run, however often the connection breaks. How it ended is its `state`. */
  waitForRun(runId: string, options?: WaitOptions): Promise<RunProgress>;
  /** What becomes of a run, whenever that changes, until its end. */
  watchRun(runId: string, options?: WatchOptions): AsyncGenerator<RunProgress, void, void>;
  getRun(runId: string, options?: CallOptions): Promise<RunDetails>;
  /** The latest first. */
  runs(query?: Unpaged<ListRunsQuery>, options?: CallOptions): AsyncGenerator<Run, void, void>;
  cancelRun(runId: string, options?: CallOptions): Promise<RunCancelled>;
  integrations(query?: Unpaged<ListIntegrationsQuery>, options?: CallOptions): AsyncGenerator<Integration, void, void>;
  getIntegration(integrationId: string, options?: CallOptions): Promise<IntegrationDetails>;
  /** Has its credential checked; see `checkedAt` and `status` of the integration. */
  checkIntegration(integrationId: string, options?: CallOptions): Promise<CheckRequested>;
  /** A page at a time: for as much as is looked at. */
  evidence(query?: Unpaged<ListEvidenceQuery>, options?: CallOptions): AsyncGenerator<Evidence, void, void>;
  /** In one answer: for all of it. Throws where it breaks off. */
  exportEvidence(query?: ExportEvidenceQuery, options?: CallOptions): AsyncGenerator<Evidence, void, void>;
  findings(query?: Unpaged<ListFindingsQuery>, options?: CallOptions): AsyncGenerator<Finding, void, void>;
  verdicts(options?: CallOptions): Promise<Verdict[]>;
}

/** `limit` is how many are read at once. */
type Unpaged<Q> = Omit<Q, 'cursor'>;

/** Nothing is sent before the first call. */
export function createFleetClient(options: ClientOptions): FleetClient {
  const send = createSender(options);
  const watchRun = createWatch(send, options);
  const read = async <T>(request: Request): Promise<T> => (await send(request)).json() as Promise<T>; // as the description says
  return {
    syncNow: (id, { types = [], idempotencyKey = crypto.randomUUID(), signal } = {}) =>
      read({
        ...{ operation: 'syncIntegration', id, signal, body: { types } },
        headers: { 'idempotency-key': idempotencyKey },
      }),
    waitForRun: (runId, { onProgress, signal } = {}) => waitForEnd(watchRun(runId, { signal }), onProgress),
    watchRun,
    getRun: (id, { signal } = {}) => read({ operation: 'getRun', id, signal }),
    runs: (query = {}, { signal } = {}) => pages(send, { operation: 'listRuns', query: { ...query }, signal }),
    cancelRun: (id, { signal } = {}) => read({ operation: 'cancelRun', id, signal }),
    integrations: (query = {}, { signal } = {}) =>
      pages(send, { operation: 'listIntegrations', query: { ...query }, signal }),
    getIntegration: (id, { signal } = {}) => read({ operation: 'getIntegration', id, signal }),
    checkIntegration: (id, { signal } = {}) => read({ operation: 'checkIntegration', id, signal }),
    evidence: (query = {}, { signal } = {}) => pages(send, { operation: 'listEvidence', query: { ...query }, signal }),
    exportEvidence: (query = {}, { signal } = {}) =>
      jsonLines(send, { operation: 'exportEvidence', query: { ...query }, signal }),
    findings: (query = {}, { signal } = {}) => pages(send, { operation: 'listFindings', query: { ...query }, signal }),
    async verdicts({ signal } = {}) {
      const { items } = await read<VerdictList>({ operation: 'listVerdicts', signal });
      return items;
    },
  };
}

async function* pages<T>(send: Send, request: Request): AsyncGenerator<T, void, void> {
  let cursor: string | undefined;
  do {
    const response = await send({ ...request, query: { ...request.query, cursor } });
    const page = (await response.json()) as { items: T[]; nextCursor: string | null }; // as the description says
    yield* page.items;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

async function* jsonLines<T>(send: Send, request: Request): AsyncGenerator<T, void, void> {
  for await (const line of readLines(await send(request))) if (line !== '') yield JSON.parse(line) as T; // as the description says
}
