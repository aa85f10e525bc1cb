import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { type Problem, ProblemError } from './problem.ts';

/** The headers that have a meaning, by their names in a request. */
export const headerSchemas = {
  'Idempotency-Key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'expected 1 to 255 printable characters without spaces')
    .describe('Chosen by the caller, one a request: the same key within a day is answered as the first time.'),
  'Last-Event-ID': z
    .string()
    .regex(/^[\w-]{1,64}$/, 'expected the id of an event, as it was sent')
    .describe('The id of the last event that was heard: what it told is not told again.'),
} as const;

const none = z.strictObject({});

/** Of one part of a request: enough to mend it by. */
const mostErrors = 20;

interface Part {
  readonly in: 'path' | 'query' | 'header' | 'body';
  readonly schema: z.ZodType;
  readonly value: unknown;
}

/**
 * Parses every part of a request.
 * @throws ProblemError that names all that does not fit
 */
export function readRequest(
  { params = none, query = none, body, header }: Endpoint,
  request: FastifyRequest,
): {
  params: unknown;
  query: unknown;
  body: unknown;
  idempotencyKey: string | undefined;
  lastEventId: string | undefined;
} {
  const heard = header === undefined ? undefined : request.headers[header.toLowerCase()];
  const errors: NonNullable<Problem['errors']> = [];
  const read = ({ in: place, schema, value }: Part): unknown => {
    const parsed = schema.safeParse(value);
    for (const issue of parsed.error?.issues.slice(0, mostErrors) ?? []) errors.push(problemOf(issue, place, header));
    return parsed.data;
  };
  const headerSchema = header === undefined ? z.undefined() : headerSchemas[header].optional();
  const parts = {
    params: read({ in: 'path', schema: params, value: request.params }),
    query: read({ in: 'query', schema: query, value: request.query }),
    body: body === undefined ? undefined : read({ in: 'body', schema: body, value: request.body ?? {} }),
  };
  const given = read({ in: 'header', schema: headerSchema, value: heard }) as string | undefined; // as the schemas say
  if (errors.length > 0)
    throw new ProblemError('invalid_request', 'Mend what is named in `errors` and send it again.', { errors });
  return {
    ...parts,
    idempotencyKey: header === 'Idempotency-Key' ? given : undefined,
    lastEventId: header === 'Last-Event-ID' ? given : undefined,
  };
}

function problemOf(issue: z.core.$ZodIssue, place: Part['in'], header: Endpoint['header']) {
  const field = place === 'header' ? (header ?? '') : issue.path.join('.');
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : undefined;
  return { in: place, field: unknown ?? field, message: unknown === undefined ? issue.message : 'not known here' };
}
