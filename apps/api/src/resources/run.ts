import type { PendingRun, RunProgress, RunSummary, ShownRun, ShownStream, TypeProgress } from '@evidence-fleet/db';
import { z } from 'zod';
import { pageOf, time } from './fields.ts';
import { resources } from './registry.ts';

export const runState = z.enum(['queued', 'running', 'waiting', 'succeeded', 'partial', 'failed', 'cancelled']);
type RunStateName = z.output<typeof runState>;

const failure = z.object({ code: z.string(), message: z.string().describe('What to do about it.') }).nullable();

const fields = {
  id: z.guid(),
  integrationId: z.guid(),
  integration: z.string().describe('Its name.'),
  connector: z.string(),
  trigger: z.enum(['schedule', 'demand']),
  state: runState.describe(
    'queued: not begun. waiting: begun, and to go on later. partial: ended, and not everything could be read.',
  ),
  types: z.array(z.string()).describe('Evidence types asked for; empty: all.'),
  requestedAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  availableAt: time.nullable().describe('Goes on no sooner; of interest while it waits.'),
  cancelRequestedAt: time.nullable(),
  attempts: z.int().describe('Tries that ended in a retry.'),
  error: failure,
  counts: z.object({
    slices: z.int(),
    slicesClosed: z.int(),
    seen: z.int(),
    added: z.int(),
    changed: z.int(),
    unchanged: z.int(),
    retired: z.int(),
    gaps: z.int(),
  }),
  waitsFor: z
    .object({ runId: z.guid(), state: runState })
    .nullable()
    .describe('The run that has to end before this one begins.'),
};

export const run = z.object(fields).register(resources, { id: 'Run' });
export type RunResource = z.output<typeof run>;

export const runPage = pageOf(run).register(resources, { id: 'RunPage' });

const typeProgress = z.object({
  type: z.string(),
  slices: z.int(),
  slicesClosed: z.int(),
  seen: z.int(),
  added: z.int(),
  changed: z.int(),
  retired: z.int(),
  gaps: z.int(),
});

export const runProgress = z
  .object({ ...fields, progress: z.array(typeProgress).describe('By evidence type.') })
  .register(resources, { id: 'RunProgress' });

const stream = z.object({
  type: z.string(),
  slice: z.string(),
  mode: z.string(),
  status: z.enum(['open', 'complete', 'partial', 'failed']),
  openedAt: time,
  closedAt: time.nullable(),
  expected: z.int().nullable().describe('What the provider counts, where it does.'),
  seen: z.int(),
  added: z.int(),
  changed: z.int(),
  unchanged: z.int(),
  retired: z.int(),
  gaps: z.int(),
  error: failure,
});

const gap = z.object({
  id: z.guid(),
  type: z.string(),
  slice: z.string(),
  scope: z.string(),
  reason: z.string(),
  detail: z.string().describe('What to do about it.'),
  openedAt: time,
  closedAt: time.nullable(),
});

export const runDetails = z
  .object({
    ...fields,
    streams: z.array(stream),
    gaps: z.array(gap).describe('What this run could not read, the latest 200.'),
    calls: z
      .array(
        z.object({
          operation: z.string(),
          calls: z.int(),
          retries: z.int(),
          throttled: z.int(),
          failed: z.int(),
          responseBytes: z.int(),
          waitedMs: z.int().describe("Waited for the fleet's quota."),
        }),
      )
      .describe('Calls to the provider.'),
    manifest: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('As whom it ran, with which grants, and how each slice ended; null before its end.'),
  })
  .register(resources, { id: 'RunDetails' });

const endStates: readonly string[] = ['succeeded', 'partial', 'failed', 'cancelled'] satisfies RunStateName[];

export function hasEnded({ state }: { readonly state: string }): boolean {
  return endStates.includes(state);
}

export function presentRun(one: RunSummary): RunResource {
  const { id, integrationId, integration, connector, trigger, state, attempts } = one;
  return {
    ...{ id, integrationId, integration, connector, trigger, state, attempts, types: [...one.types] },
    requestedAt: one.requestedAt.toISOString(),
    startedAt: textOf(one.startedAt),
    finishedAt: textOf(one.finishedAt),
    availableAt: hasEnded(one) ? null : one.availableAt.toISOString(),
    cancelRequestedAt: textOf(one.cancelRequestedAt),
    error: failureOf(one),
    counts: {
      ...{ slices: one.streams, slicesClosed: one.streamsClosed, seen: one.seen, added: one.added },
      ...{ changed: one.changed, unchanged: one.unchanged, retired: one.retired, gaps: one.gaps },
    },
    waitsFor: null,
  };
}

const nothing = { slices: 0, slicesClosed: 0, seen: 0, added: 0, changed: 0, unchanged: 0, retired: 0, gaps: 0 };

/** A request whose run is made when the run before it ends: for whoever asked, it is that run, and queued. */
export function presentPending(pending: PendingRun): RunResource {
  const { id, integrationId, integration, connector, waitsForRunId: runId, waitsForState: state } = pending;
  const held = `The run before it ended its workers and put the integration aside. It begins with \`fleet runs redrive ${runId}\`.`;
  return {
    ...{ id, integrationId, integration, connector, trigger: 'demand', state: 'queued', types: [...pending.types] },
    requestedAt: pending.requestedAt.toISOString(),
    ...{ startedAt: null, finishedAt: null, availableAt: null, cancelRequestedAt: null, attempts: 0 },
    error: pending.isQuarantined ? { code: 'quarantined', message: held } : null,
    counts: nothing,
    waitsFor: { runId, state },
  };
}

export function presentProgress(progress: RunProgress): RunResource & { progress: TypeProgress[] } {
  if (progress.kind === 'pending') return { ...presentPending(progress.pending), progress: [] };
  return { ...presentRun(progress.run), progress: [...progress.types] };
}

export function presentDetails(shown: ShownRun, manifest: Readonly<Record<string, unknown>> | null) {
  return {
    ...presentRun(shown),
    streams: shown.streamRuns.map(presentStream),
    gaps: shown.gapsMet.map(({ id, type, slice, scope, reason, detail, openedAt, closedAt }) => ({
      ...{ id, type, slice, scope, reason, detail },
      openedAt: openedAt.toISOString(),
      closedAt: textOf(closedAt),
    })),
    calls: [...shown.calls],
    manifest,
  };
}

function presentStream({ openedAt, closedAt, ...one }: ShownStream) {
  return { ...one, openedAt: openedAt.toISOString(), closedAt: textOf(closedAt), error: failureOf(one) };
}

function failureOf(one: { readonly errorCode: string | null; readonly errorMessage: string | null }) {
  return one.errorCode === null ? null : { code: one.errorCode, message: one.errorMessage ?? '' };
}

function textOf(at: Date | null): string | null {
  return at?.toISOString() ?? null;
}
