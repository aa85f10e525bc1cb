import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ProblemError } from './problem.ts';

const envelope = z.strictObject({ v: z.literal(1), f: z.string(), at: z.unknown() });

/**
 * Where the next page begins, for the caller an opaque text. It belongs to the filters of its page: with others it would skip or repeat.
 * @param position plain JSON
 */
export function encodeCursor(filters: object, position: object): string {
  return Buffer.from(JSON.stringify({ v: 1, f: digestOf(filters), at: position })).toString('base64url');
}

/** @throws ProblemError when it is none of ours, or of other filters */
export function decodeCursor<S extends z.ZodType>(schema: S, filters: object, cursor: string): z.output<S> {
  const opened = envelope.safeParse(parse(cursor));
  const position = schema.safeParse(opened.data?.at);
  if (!opened.success || !position.success) throw refuse('expected the nextCursor of a page, as it was answered');
  if (opened.data.f !== digestOf(filters)) throw refuse('belongs to other filters: repeat those of the first page');
  return position.data;
}

function refuse(message: string): ProblemError {
  return new ProblemError('invalid_request', 'The cursor does not fit. Begin again without one.', {
    errors: [{ in: 'query', field: 'cursor', message }],
  });
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined; // no JSON: refused like any other that is not ours
  }
}

/** Undefined filters are no filters. */
function digestOf(filters: object): string {
  return createHash('sha256').update(JSON.stringify(filters)).digest('base64url').slice(0, 12);
}
