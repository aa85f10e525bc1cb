import { resolveEvidence } from '@evidence-fleet/connectors';
import { type Database, DatabaseAwayError, readRunProgress, requestSync } from '@evidence-fleet/db';
import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { ProblemError } from '../problem.ts';
import { byId, name } from '../resources/fields.ts';
import { resources } from '../resources/registry.ts';
import { presentProgress, type RunResource, run } from '../resources/run.ts';

const requested = z
  .object({
    runId: z.guid().describe('The run that answers this request: it begins after the request was made.'),
    how: z
      .enum(['created', 'joined', 'follow_up'])
      .describe('joined: a run that had not begun. follow_up: one that begins when the present run ends.'),
    run: run.nullable().describe('As it stands now; null where it was dropped in the meantime.'),
  })
  .register(resources, { id: 'SyncRequested' });

const body = z.strictObject({
  types: z
    .array(name)
    .max(200)
    .default([])
    .describe('Evidence types, by their names or aliases, with or without the connector; empty: all.'),
});

export const syncIntegration = defineEndpoint({
  method: 'POST',
  path: '/api/v1/integrations/{id}/sync',
  operationId: 'syncIntegration',
  tag: 'Runs',
  summary: 'Read an integration now, ahead of its schedule.',
  description:
    'Joins a run that has not begun, and merges the types. Behind a run that has begun there is one follow-up, because what that one has read already would be stale proof. Answered once the request is stored: it is not lost, whatever ends or is away.',
  scope: 'syncs:write',
  params: byId,
  body,
  header: 'Idempotency-Key',
  status: 202,
  answer: requested,
  async handle({ database, doorbell, measure }, { params, body: { types }, idempotencyKey, traceparent, caller }) {
    const { organizationId, tokenId } = caller;
    const integrationId = params.id;
    const key = idempotencyKey === undefined ? {} : { key: { tokenId, key: idempotencyKey } };
    const request = { organizationId, integrationId, types, traceparent, ...key };
    const { runId, how, ring } = await requestSync(database, request, resolveTypes);
    if (ring !== null) doorbell.ring(ring);
    measure.syncs.inc({ how });
    return {
      body: { runId, how, run: await look(database, { organizationId, runId }) },
      headers: { location: `/api/v1/runs/${runId}` },
    };
  },
});

/** The request stands by now: a database that goes away just then takes nothing of it back. */
async function look(database: Database, of: Parameters<typeof readRunProgress>[1]): Promise<RunResource | null> {
  try {
    const progress = await readRunProgress(database, of);
    return progress && presentProgress(progress);
  } catch (error) {
    if (error instanceof DatabaseAwayError) return null;
    throw error;
  }
}

/** A type's name may be written without its connector, and an alias for it. @throws ProblemError naming those that are unknown */
function resolveTypes(names: readonly string[], connector: string): string[] {
  const resolved = names.map((name) => resolveEvidence(name, connector));
  const errors = resolved.flatMap((found, index) => {
    const message = `${connector} has no evidence type of this name; docs/providers lists them`;
    return found.length > 0 ? [] : [{ in: 'body' as const, field: `types.${index}`, message }];
  });
  if (errors.length > 0)
    throw new ProblemError('invalid_request', 'Mend what is named in `errors` and send it again.', { errors });
  return [...new Set(resolved.flat())].sort();
}
