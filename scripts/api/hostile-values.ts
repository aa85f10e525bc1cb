import { encodeCursor } from '../../apps/api/src/cursor.ts';
import { type Aim, type Hostility, lists, pick, type Shot, shotOf, unknownId } from './shot.ts';

const texts = [
  "';DROP TABLE evidence;--",
  "' OR ''='",
  '#{7*7}',
  '{{7*7}}',
  '../../etc/passwd',
  '<script>',
  '\u202e',
  '𝕏',
  '%',
  '\\',
  '\u0000',
  '\ud800',
];
const names = ['type', 'integrationId', 'controlId', 'status', 'state', 'connector', 'asOf', 'limit', 'cursor'];
const prototypes = [
  '__proto__',
  'constructor',
  'prototype',
  '__proto__[x]',
  'constructor[prototype][x]',
  'toString',
  'hasOwnProperty',
];
const numbers = [
  '0',
  '-1',
  '501',
  '1e2',
  '0x10',
  'NaN',
  'Infinity',
  '99999999999999999999',
  '5.5',
  ' 5',
  '',
  '\u0665',
  '1_0',
  'true',
  '[]',
];
const times = [
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '+275760-09-13T00:00:00Z',
  '2026-06-30T23:59:60Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:00:00+99:99',
  '1969-12-31T23:59:59.999Z',
  '2026-01-01',
  '0',
  'now',
  `2026-01-01T00:00:00.${'1'.repeat(300)}Z`,
];
const notUtf8 = ['%ff', '%c0%af', '%ed%a0%80', '%c3%28', '%f4%90%80%80', '%00', '%', '%zz', '%u0041', '\xff', '\xc3('];

/** Values that fit nothing, where a value is looked for. */
export const values: readonly Hostility[] = [
  query('an injection in a parameter', ({ random }) => `${pick(random, names)}=${encode(pick(random, texts))}`),
  query('a prototype in a query', ({ random }) => `${encode(pick(random, prototypes))}=${random.below(9)}`),
  query('a number at its edges', ({ random }) => `limit=${encode(pick(random, numbers))}`),
  query('a time at its edges', ({ random }) => `asOf=${encode(pick(random, times))}`),
  query('a parameter twice', ({ random }) => {
    const name = pick(random, names);
    return pick(random, [`${name}=1&${name}=2`, `${name}[]=1`, `${name}[a]=1`, `${name}=1&`.repeat(300)]);
  }),
  query('bytes that are no UTF-8', ({ random }) => `${pick(random, names)}=${pick(random, notUtf8)}`),
  query('a forged cursor', ({ random }) => `cursor=${forged(random)}`),
  {
    what: 'an id that is none',
    shoot(aim) {
      const { random } = aim;
      const id = pick(random, [
        ...notUtf8,
        ...texts.map(encode),
        unknownId(random).replace('-', ''),
        `{${unknownId(random)}}`,
        `${unknownId(random)}%20`,
        'a'.repeat(5_000),
      ]);
      const [method, path] = pick(random, [
        ['GET', `runs/${id}`],
        ['GET', `runs/${id}/events`],
        ['POST', `runs/${id}/cancel`],
        ['GET', `integrations/${id}`],
        ['POST', `integrations/${id}/sync`],
        ['POST', `integrations/${id}/check`],
      ] as const);
      return shotOf(aim, { method, path: `/api/v1/${path}` });
    },
  },
  {
    what: 'a header that is junk',
    shoot(aim) {
      const { random, attacker } = aim;
      const value = pick(random, [
        '',
        ' ',
        'a b',
        '\xff\xfe',
        'x'.repeat(300),
        'x'.repeat(9_000),
        '..',
        "' OR 1=1",
        '\tx\t',
        '0',
        '-1',
        '__proto__',
      ]);
      const [id, run] = [pick(random, attacker.integrationIds), pick(random, attacker.runIds)];
      return pick(random, [
        () => shotOf(aim, { path: `/api/v1/runs/${run}/events`, headers: [['Last-Event-ID', value]] }),
        () =>
          shotOf(aim, {
            path: `/api/v1/runs/${run}/events`,
            headers: [
              ['Last-Event-ID', 'a'],
              ['Last-Event-ID', value],
            ],
          }),
        () =>
          shotOf(aim, {
            method: 'POST',
            path: `/api/v1/integrations/${id}/sync`,
            headers: [['Idempotency-Key', value]],
          }),
        () =>
          shotOf(aim, {
            path: '/api/v1/runs',
            headers: [
              ['X-Request-Id', value],
              ['X-Forwarded-For', value],
              ['Accept', value],
            ],
          }),
        () =>
          shotOf(aim, {
            path: '/api/v1/verdicts',
            headers: [
              ['Accept-Encoding', value],
              ['Range', 'bytes=0-1'],
              ['Cookie', value],
            ],
          }),
      ])();
    },
  },
];

/** A hostile query, of any list. */
function query(what: string, queryOf: (aim: Aim) => string): Hostility {
  return { what, shoot: (aim): Shot => shotOf(aim, { path: `/api/v1/${pick(aim.random, lists)}?${queryOf(aim)}` }) };
}

function forged(random: Aim['random']): string {
  const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const at = pick<object>(random, [
    { id: 1 },
    { id: null },
    { id: "' OR 1=1" },
    { id: [unknownId(random)] },
    { id: unknownId(random), more: 1 },
    { type: 'github.repository', key: 'zz', integrationId: unknownId(random) },
    { type: 'a\u0000b', key: 'a'.repeat(64), integrationId: unknownId(random) },
    { controlId: '__proto__', integrationId: unknownId(random), type: 'x', resource: '0'.repeat(64) },
    JSON.parse('{"__proto__": {"id": 1}}'),
  ]);
  return pick(random, [
    encodeCursor({}, at),
    encodeCursor({ type: 'other' }, { id: unknownId(random) }),
    ...[json(null), json([]), json({ v: 2 }), json({ v: 1, f: {}, at: {} }), json('x'), json('a'.repeat(600))],
    ...['AAAA', '-', '_'.repeat(1000), 'a'.repeat(1001), Buffer.from([0xff, 0xfe, 0]).toString('base64url')],
    Buffer.from('['.repeat(700)).toString('base64url'),
  ]);
}

/** Also of halves of characters, which the usual function refuses. */
function encode(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ed%a0%80';
}
