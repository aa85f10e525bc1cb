import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { mutations } from './mutations.ts';

const repository = new URL('../../', import.meta.url);

describe('the list of mutations', () => {
  it.each(mutations.flatMap(({ name, edits }) => edits.map((edit) => ({ name, ...edit }))))(
    'still finds what it breaks: $name',
    async ({ file, find, replace }) => {
      const text = await readFile(fileURLToPath(new URL(file, repository)), 'utf8');
      expect(text.split(find)).toHaveLength(2);
      expect(replace).not.toBe(find);
    },
  );

  it('names each mutation once', () => {
    expect(new Set(mutations.map(({ name }) => name)).size).toBe(mutations.length);
  });
});
