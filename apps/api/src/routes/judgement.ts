import { listVerdicts as list, pageFindings } from '@evidence-fleet/db';
import { judgedControls } from '@evidence-fleet/presentation';
import { z } from 'zod';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { defineEndpoint } from '../endpoint.ts';
import { id, name, paging } from '../resources/fields.ts';
import { findingPage, presentFinding, presentVerdict, verdictList, verdictStatus } from '../resources/judgement.ts';

const position = z.strictObject({
  controlId: name,
  integrationId: id,
  type: name,
  resource: z.string().regex(/^[0-9a-f]{64}$/),
});

export const listFindings = defineEndpoint({
  method: 'GET',
  path: '/api/v1/findings',
  operationId: 'listFindings',
  tag: 'Controls',
  summary: 'What controls say of each resource, a page at a time.',
  description: 'Those that stand now; without `status`, what fails or is unknown.',
  scope: 'evidence:read',
  query: z.strictObject({
    controlId: name.optional(),
    integrationId: id.optional(),
    status: verdictStatus.optional(),
    ...paging,
  }),
  status: 200,
  answer: findingPage,
  async handle({ database }, { query: { limit, cursor, ...filters }, caller: { organizationId } }) {
    const at = cursor === undefined ? undefined : decodeCursor(position, filters, cursor);
    const { status, ...of } = filters;
    const rows = await pageFindings(database, {
      ...{ organizationId, ...of, limit: limit + 1 },
      statuses: status === undefined ? ['fail', 'unknown'] : [status],
      after: at && { ...at, resourceSha: Buffer.from(at.resource, 'hex') },
    });
    const items = rows.slice(0, limit);
    const last = rows.length > limit ? items.at(-1) : undefined;
    const nextCursor =
      last === undefined
        ? null
        : encodeCursor(filters, {
            ...{ controlId: last.controlId, integrationId: last.integrationId, type: last.type },
            resource: Buffer.from(last.resourceSha).toString('hex'),
          });
    return { body: { items: items.map(presentFinding), nextCursor } };
  },
});

export const listVerdicts = defineEndpoint({
  method: 'GET',
  path: '/api/v1/verdicts',
  operationId: 'listVerdicts',
  tag: 'Controls',
  summary: 'What the evidence says of every control.',
  scope: 'evidence:read',
  status: 200,
  answer: verdictList,
  async handle({ database }, { caller: { organizationId } }) {
    const judged = judgedControls(await list(database, organizationId));
    return { body: { items: judged.map(presentVerdict) } };
  },
});
