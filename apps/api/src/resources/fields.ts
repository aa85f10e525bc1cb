import { z } from 'zod';
import { ProblemError } from '../problem.ts';

/** A moment as it is answered: ISO 8601, UTC, milliseconds. */
export const time = z.iso.datetime();

/** Ids are not case-sensitive; they are answered in small letters. */
export const id = z.guid().transform((text) => text.toLowerCase());

export const byId = z.strictObject({ id });

/** What of an evidence type or control may be asked for by name: never anything that the database could stumble over. */
export const name = z.string().regex(/^[\w.:-]{1,100}$/, 'expected letters, digits, dots and dashes');

/** The parameters of every list. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(500).default(100).describe('Items of a page at most.'),
  cursor: z
    .string()
    .regex(/^[\w-]{1,1000}$/, 'expected the nextCursor of a page, as it was answered')
    .optional()
    .describe('The `nextCursor` of the page before, with the same filters.'),
};

/** A page of items: the items, and where the next page begins. */
export function pageOf<S extends z.ZodType>(item: S) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('Ask for the next page with it; null: this page is the last one.'),
  });
}

export const asOf = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .refine((at) => at.getTime() >= 0, 'expected a time since 1970')
  .optional()
  .describe('What stood at this time, ISO 8601; without it, what stands now.');

/** Nobody knows yet what will stand. @throws ProblemError */
export function refuseFuture(at: Date | undefined): void {
  if (at === undefined || at.getTime() <= Date.now()) return;
  throw new ProblemError('invalid_request', 'Ask for a time that has passed.', {
    errors: [{ in: 'query', field: 'asOf', message: 'is in the future' }],
  });
}
