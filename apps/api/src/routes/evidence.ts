import { resolveEvidence } from '@evidence-fleet/connectors';
import {
  type Database,
  type ExportEvidence,
  exportEvidence,
  type ListedEvidence,
  storedTypes,
} from '@evidence-fleet/db';
import { presentEvidence } from '@evidence-fleet/presentation';
import { z } from 'zod';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { defineEndpoint, defineStream } from '../endpoint.ts';
import { evidence, evidencePage } from '../resources/evidence.ts';
import { asOf, id, name, paging, refuseFuture } from '../resources/fields.ts';

const filterFields = {
  type: name.optional().describe('Of one evidence type only, by its name or an alias.'),
  integrationId: id.optional(),
  asOf,
};

interface Filters {
  readonly type?: string | undefined;
  readonly integrationId?: string | undefined;
  readonly asOf?: Date | undefined;
}

const position = z.strictObject({ type: name, key: z.string().regex(/^[0-9a-f]{64}$/), integrationId: id });

export const listEvidence = defineEndpoint({
  method: 'GET',
  path: '/api/v1/evidence',
  operationId: 'listEvidence',
  tag: 'Evidence',
  summary: 'What was collected, a page at a time.',
  description:
    'Ordered by type and key. Page after page shows each resource once; with `asOf` all pages show one moment.',
  scope: 'evidence:read',
  query: z.strictObject({ ...filterFields, ...paging }),
  status: 200,
  answer: evidencePage,
  async handle({ database }, { query: { limit, cursor, ...filters }, caller: { organizationId } }) {
    refuseFuture(filters.asOf);
    const at = cursor === undefined ? undefined : decodeCursor(position, filters, cursor);
    const types = (await typesOf(database, organizationId, filters)).filter(
      (type) => at === undefined || type >= at.type,
    );
    const rows: ListedEvidence[] = [];
    const after =
      at && at.type === types[0] ? { keySha: Buffer.from(at.key, 'hex'), integrationId: at.integrationId } : undefined;
    const selection = selectionOf({ organizationId, types, filters, pageSize: limit + 1 });
    for await (const row of exportEvidence(database, after === undefined ? selection : { ...selection, after })) {
      rows.push(row);
      if (rows.length > limit) break;
    }
    const items = rows.slice(0, limit);
    const last = rows.length > limit ? items.at(-1) : undefined;
    const nextCursor = last === undefined ? null : encodeCursor(filters, positionOf(last));
    return { body: { items: items.map(asEvidence), nextCursor } };
  },
});

export const exportAllEvidence = defineStream({
  path: '/api/v1/evidence/export',
  operationId: 'exportEvidence',
  tag: 'Evidence',
  summary: 'All of it, as JSON lines.',
  description:
    'Ends with a line break. Where it breaks off, the connection is broken too: what ended in order is whole.',
  scope: 'evidence:read',
  query: z.strictObject(filterFields),
  contentType: 'application/jsonl',
  answer: evidence,
  async stream({ database }, { query: filters, caller: { organizationId } }) {
    refuseFuture(filters.asOf);
    const types = await typesOf(database, organizationId, filters);
    return lines(exportEvidence(database, selectionOf({ organizationId, types, filters, pageSize: 500 })));
  },
});

/** In the order in which they are shown: that of the letters, as the database sorts them. */
async function typesOf(database: Database, organizationId: string, { type }: Filters): Promise<string[]> {
  if (type === undefined) return storedTypes(database, organizationId);
  const meant = resolveEvidence(type);
  return meant.length === 0 ? [type] : meant.toSorted();
}

function selectionOf(of: {
  readonly organizationId: string;
  readonly types: readonly string[];
  readonly filters: Filters;
  readonly pageSize: number;
}): ExportEvidence {
  const { filters, ...rest } = of;
  return {
    ...rest,
    ...(filters.integrationId === undefined ? {} : { integrationId: filters.integrationId }),
    ...(filters.asOf === undefined ? {} : { asOf: filters.asOf }),
  };
}

function positionOf({ type, keySha, integrationId }: ListedEvidence): z.output<typeof position> {
  return { type, key: Buffer.from(keySha).toString('hex'), integrationId };
}

function asEvidence(row: ListedEvidence): z.output<typeof evidence> {
  const presented = presentEvidence(row);
  return {
    ...presented,
    key: [...row.key],
    data: presented.data as Record<string, unknown>, // the fields of a resource are always an object
    controls: [...presented.controls],
  };
}

const linesAtOnce = 100;

/** A hundred lines at a time: each piece costs a turn of the loop. */
async function* lines(rows: AsyncIterable<ListedEvidence>): AsyncGenerator<string> {
  let gathered: string[] = [];
  for await (const row of rows) {
    gathered.push(`${JSON.stringify(asEvidence(row))}\n`);
    if (gathered.length < linesAtOnce) continue;
    yield gathered.join('');
    gathered = [];
  }
  yield gathered.join('');
}
