import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { ProblemError } from './problem.ts';

describe('a cursor', () => {
  const position = z.strictObject({ id: z.string() });
  const filters = { type: 'a', asOf: new Date(0), state: undefined };

  it('says where it was made', () => {
    expect(decodeCursor(position, filters, encodeCursor(filters, { id: 'x' }))).toEqual({ id: 'x' });
    expect(decodeCursor(position, { type: 'a', asOf: new Date(0) }, encodeCursor(filters, { id: 'x' }))).toEqual({
      id: 'x',
    });
  });

  it.each([
    ['other filters', encodeCursor({ ...filters, type: 'b' }, { id: 'x' })],
    ['another place', encodeCursor(filters, { id: 1 })],
    ['no place', encodeCursor(filters, {})],
    ['another version', Buffer.from('{"v":2,"f":"","at":{"id":"x"}}').toString('base64url')],
    ['no JSON', 'AAAA'],
    ['nothing', ''],
  ])('of %s is refused', (_what, cursor) => {
    expect(() => decodeCursor(position, filters, cursor)).toThrow(ProblemError);
  });
});
