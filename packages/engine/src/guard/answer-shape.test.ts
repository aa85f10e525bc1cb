import { describe, expect, it } from '@jest/globals';
import { deepestAnswer, mostValues, refuseMonster } from './answer-shape.ts';

const look = (text: string) => () => refuseMonster(Buffer.from(text), 'api.example.com');
const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);
const refused = { code: 'malformed', message: expect.stringMatching(/^api\.example\.com answered with something/) };
const elements = (count: number) => `<r>${'<a/>'.repeat(count)}</r>`;

describe('an answer is refused before it is parsed', () => {
  it.each([
    ['JSON lists 10,000 deep', nested(10_000, '[', ']')],
    ['JSON objects 10,000 deep', nested(10_000, '{"a":', '}')],
    ['JSON 10,000 deep that never closes', '['.repeat(10_000)],
    ['JSON one level too deep', nested(deepestAnswer + 1, '[', ']')],
    ['JSON behind white space and a byte order mark', `\uFEFF \n\t${nested(10_000, '[', ']')}`],
    ['XML 10,000 deep', `<?xml version="1.0"?>${nested(10_000, '<a>', '</a>')}`],
    ['XML one level too deep', nested(deepestAnswer + 1, '<a b="1">', '</a>')],
    ['a page of a million items', `[${'1,'.repeat(999_999)}1]`],
    ['a page of a million objects', `[${'{},'.repeat(999_999)}{}]`],
    ['XML of a million elements', elements(1_000_000)],
  ])('%s', (_, text) => {
    expect(look(text)).toThrow(expect.objectContaining(refused));
  });
});

describe('an answer passes', () => {
  it.each([
    ['as deep as is allowed', nested(deepestAnswer, '[', ']')],
    ['XML as deep as is allowed', nested(deepestAnswer, '<a>', '</a>')],
    ['of as many values as are allowed', `[${'1,'.repeat(mostValues - 2)}1]`],
    ['with brackets and commas inside strings', JSON.stringify(['[{'.repeat(10_000), ','.repeat(1_000_000)])],
    [
      'with escaped quotes and backslashes before brackets',
      JSON.stringify(['\\"['.repeat(10_000), '\\', '['.repeat(500)]),
    ],
    ['with a bracket as an escaped letter', `["${'\\u005b'.repeat(1_000)}"]`],
    [
      'XML with tags inside attributes, comments and CDATA',
      `<a b="${'>'.repeat(9)}${"'<".repeat(500)}"><!--${'<b>'.repeat(500)}--><![CDATA[${'<c>'.repeat(500)}]]></a>`,
    ],
    ['many siblings', `[${'[],'.repeat(10_000)}[]]`],
    ['XML siblings', elements(10_000)],
    ['that is text', '[['.padStart(10_000, 'text [')],
    ['that is empty', ''],
    ['cut off in a string, a tag, a comment', '["'],
    ['cut off in a tag', '<a b="'],
    ['cut off in a comment', '<a><!-- '],
  ])('%s', (_, text) => {
    expect(look(text)).not.toThrow();
  });
});
