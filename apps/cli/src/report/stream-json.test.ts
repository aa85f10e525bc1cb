import { describe, expect, it } from '@jest/globals';
import { streamJson } from './stream-json.ts';

async function* list<T>(...items: T[]) {
  yield* items;
}

async function textOf(value: unknown): Promise<string> {
  let text = '';
  for await (const part of streamJson(value)) text += part;
  return text;
}

describe('streamed JSON', () => {
  it('is what JSON.stringify would write, lists that come later included', async () => {
    const date = new Date('2026-03-14T00:00:00Z');
    const value = {
      name: 'a "b"',
      none: undefined,
      nothing: null,
      date,
      kept: [1, { two: 2 }],
      empty: list(),
      items: list({ id: 1, inner: list('x', 'y') }, { id: 2, inner: list() }),
    };
    expect(JSON.parse(await textOf(value))).toEqual({
      ...{ name: 'a "b"', nothing: null, date: date.toISOString(), kept: [1, { two: 2 }], empty: [] },
      items: [
        { id: 1, inner: ['x', 'y'] },
        { id: 2, inner: [] },
      ],
    });
    expect(await textOf(list(1, 2))).toBe('[\n1,\n2\n]');
    expect(await textOf('text')).toBe('"text"');
  });

  it('asks for an item only when the one before is taken', async () => {
    let asked = 0;
    async function* counted() {
      for (;;) yield ++asked;
    }
    const parts = streamJson({ items: counted() });
    for (let part = 0; part < 6; part++) await parts.next();
    await parts.return(undefined);
    expect(asked).toBeLessThan(5);
  });
});
