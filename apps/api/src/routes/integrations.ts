import { findIntegration, pageIntegrations, readLastCheck, requestCheck } from '@evidence-fleet/db';
import { z } from 'zod';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { defineEndpoint } from '../endpoint.ts';
import { notFound, ProblemError } from '../problem.ts';
import { byId, id, name, paging } from '../resources/fields.ts';
import {
  checkRequested,
  integrationDetails,
  integrationPage,
  integrationStatus,
  presentIntegration,
} from '../resources/integration.ts';

const position = z.strictObject({ id });

export const listIntegrations = defineEndpoint({
  method: 'GET',
  path: '/api/v1/integrations',
  operationId: 'listIntegrations',
  tag: 'Integrations',
  summary: "The organization's connections to providers, with their state.",
  scope: 'runs:read',
  query: z.strictObject({ connector: name.optional(), status: integrationStatus.optional(), ...paging }),
  status: 200,
  answer: integrationPage,
  async handle({ database }, { query: { limit, cursor, ...filters }, caller: { organizationId } }) {
    const after = cursor === undefined ? undefined : decodeCursor(position, filters, cursor).id;
    const rows = await pageIntegrations(database, { organizationId, ...filters, after, limit: limit + 1 });
    const items = rows.slice(0, limit);
    const last = rows.length > limit ? items.at(-1) : undefined;
    const nextCursor = last === undefined ? null : encodeCursor(filters, { id: last.id });
    return { body: { items: items.map(presentIntegration), nextCursor } };
  },
});

export const getIntegration = defineEndpoint({
  method: 'GET',
  path: '/api/v1/integrations/{id}',
  operationId: 'getIntegration',
  tag: 'Integrations',
  summary: 'One integration, with when it was last checked.',
  scope: 'runs:read',
  params: byId,
  status: 200,
  answer: integrationDetails,
  async handle({ database }, { params, caller: { organizationId } }) {
    const found = await findIntegration(database, organizationId, params.id);
    if (found === null) throw notFound(noIntegration);
    const checkedAt = await readLastCheck(database, { organizationId, integrationId: found.id });
    return { body: { ...presentIntegration(found), checkedAt: checkedAt?.toISOString() ?? null } };
  },
});

const noIntegration = 'There is no such integration. GET /api/v1/integrations lists those there are.';

export const checkIntegration = defineEndpoint({
  method: 'POST',
  path: '/api/v1/integrations/{id}/check',
  operationId: 'checkIntegration',
  tag: 'Integrations',
  summary: 'Have its credential checked now.',
  description:
    'A worker makes the cheapest calls that prove the credential. What it found is the status of the integration, once `checkedAt` is later than `requestedAt`.',
  scope: 'syncs:write',
  params: byId,
  status: 202,
  answer: checkRequested,
  async handle({ database }, { params: { id: integrationId }, caller: { organizationId } }) {
    const requested = await requestCheck(database, { organizationId, integrationId });
    if (requested.kind === 'not_found') throw notFound(noIntegration);
    if (requested.kind === 'refused')
      throw new ProblemError(
        'conflict',
        `The integration is ${requested.status}, so it is not checked. Resume it first.`,
      );
    return {
      body: { integrationId, requestedAt: requested.at.toISOString() },
      headers: { location: `/api/v1/integrations/${integrationId}` },
    };
  },
});
