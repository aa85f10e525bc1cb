import { cancelRun as cancel, pageRuns, readRunManifest, readRunProgress, showRun } from '@evidence-fleet/db';
import { z } from 'zod';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { defineEndpoint } from '../endpoint.ts';
import { notFound, ProblemError } from '../problem.ts';
import { byId, id, paging } from '../resources/fields.ts';
import { resources } from '../resources/registry.ts';
import { presentDetails, presentPending, presentRun, runDetails, runPage, runState } from '../resources/run.ts';

export const noRun =
  'There is no such run. One that waited behind another was dropped if its integration was paused or removed meanwhile.';

const position = z.strictObject({ id });

export const listRuns = defineEndpoint({
  method: 'GET',
  path: '/api/v1/runs',
  operationId: 'listRuns',
  tag: 'Runs',
  summary: 'What syncs did, the latest first.',
  scope: 'runs:read',
  query: z.strictObject({ integrationId: id.optional(), state: runState.optional(), ...paging }),
  status: 200,
  answer: runPage,
  async handle({ database }, { query: { limit, cursor, ...filters }, caller: { organizationId } }) {
    const before = cursor === undefined ? undefined : decodeCursor(position, filters, cursor).id;
    const rows = await pageRuns(database, { organizationId, ...filters, before, limit: limit + 1 });
    const items = rows.slice(0, limit);
    const last = rows.length > limit ? items.at(-1) : undefined;
    const nextCursor = last === undefined ? null : encodeCursor(filters, { id: last.id });
    return { body: { items: items.map(presentRun), nextCursor } };
  },
});

export const getRun = defineEndpoint({
  method: 'GET',
  path: '/api/v1/runs/{id}',
  operationId: 'getRun',
  tag: 'Runs',
  summary: 'One run: its streams, gaps, calls to the provider and manifest.',
  scope: 'runs:read',
  params: byId,
  status: 200,
  answer: runDetails,
  async handle({ database }, { params: { id: runId }, caller: { organizationId } }) {
    const of = { organizationId, runId };
    const progress = await readRunProgress(database, of);
    if (progress === null) throw notFound(noRun);
    if (progress.kind === 'pending')
      return { body: { ...presentPending(progress.pending), streams: [], gaps: [], calls: [], manifest: null } };
    const [shown, manifest] = await Promise.all([showRun(database, of), readRunManifest(database, of)]);
    if (shown === null) throw notFound(noRun);
    return { body: presentDetails(shown, manifest) };
  },
});

const cancelled = z
  .object({
    runId: z.guid(),
    outcome: z.enum(['cancelled', 'requested']).describe('requested: its worker ends it within seconds.'),
  })
  .register(resources, { id: 'RunCancelled' });

export const cancelRun = defineEndpoint({
  method: 'POST',
  path: '/api/v1/runs/{id}/cancel',
  operationId: 'cancelRun',
  tag: 'Runs',
  summary: 'End a run; what it has stored stays.',
  scope: 'syncs:write',
  params: byId,
  status: 202,
  answer: cancelled,
  async handle({ database }, { params: { id: runId }, caller: { organizationId } }) {
    const outcome = await cancel(database, { organizationId, runId });
    if (outcome !== 'ended') return { body: { runId, outcome } };
    const progress = await readRunProgress(database, { organizationId, runId });
    if (progress === null) throw notFound(noRun);
    if (progress.kind === 'run')
      throw new ProblemError('conflict', `The run has ended already: it is ${progress.run.state}.`);
    const { waitsForRunId } = progress.pending;
    throw new ProblemError(
      'conflict',
      `The run has not begun; it follows ${waitsForRunId}. Cancel it when that one has ended.`,
    );
  },
});
