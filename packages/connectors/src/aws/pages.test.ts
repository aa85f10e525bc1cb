import { describe, expect, it } from '@jest/globals';
import { pages } from './pages.ts';

describe('pages of a listing', () => {
  it('goes on behind an empty page', async () => {
    const listing: Record<string, { items: string[]; next: string | undefined }> = {
      first: { items: ['a'], next: 'second' },
      second: { items: [], next: 'third' },
      third: { items: ['b'], next: undefined },
    };
    const read = async (token = 'first') => listing[token] ?? { items: [], next: undefined };
    const shown = await Array.fromAsync(pages(read, undefined));
    expect(shown.flatMap(({ items }) => items)).toEqual(['a', 'b']);
  });
});
