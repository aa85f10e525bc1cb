import { gzipSync } from 'node:zlib';
import { type Aim, bytesOf, type Hostility, lists, pick, shotOf } from './shot.ts';

const methods = [
  'HEAD',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'QUERY',
  'PROPFIND',
  'LOCK',
  'PURGE',
  'CONNECT',
  'FOO',
  'get',
  'POST',
];

const bodies: readonly (string | Buffer)[] = [
  '{"types":',
  '{"__proto__":{"types":[]}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '{"types":["__proto__"]}',
  '{"types":[1,null,{}]}',
  '{"types":{"length":1}}',
  '{"types":"repository"}',
  '{"types":["a\\u0000b"]}',
  '{"types":["\\ud800"]}',
  '{"types":[],"types":["x"]}',
  '{"types":[],"organizationId":"x"}',
  `{"types":${JSON.stringify(Array(201).fill('a'))}}`,
  `{"types":["${'a'.repeat(70_000)}"]}`,
  ...['null', '[]', '1', '"x"', '', ' ', '\ufeff{}', '{}{}', 'NaN', '1e999'],
  '['.repeat(30_000),
  `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.alloc(2_000),
];

const contentTypes = [
  'text/plain',
  'text/xml',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-7',
  'application/json;;',
  'application/jsonp',
  'application/json, text/plain',
  '',
  '*/*',
  '\xff',
  'application/vnd.api+json',
];

/** Requests that HTTP allows and no client sends, and some that it does not allow. */
export const protocol: readonly Hostility[] = [
  {
    what: 'a body that does not fit',
    shoot: (aim) => shotOf(aim, { ...sync(aim), body: pick(aim.random, bodies) }),
  },
  {
    what: 'a body of another type',
    shoot(aim) {
      const headers = [['Content-Type', pick(aim.random, contentTypes)]] as const;
      return shotOf(aim, { ...sync(aim), headers, body: pick(aim.random, ['{}', 'types=a', '<a/>', '--x--']) });
    },
  },
  {
    what: 'a body that is packed, or where none belongs',
    shoot(aim) {
      const packed = gzipSync('{"types":[]}');
      return pick(aim.random, [
        () => shotOf(aim, { ...sync(aim), headers: [['Content-Encoding', 'gzip']], body: packed }),
        () => shotOf(aim, { path: '/api/v1/runs', body: '{"limit":1}' }),
        () => shotOf(aim, { ...sync(aim), path: sync(aim).path.replace('/sync', '/check'), body: '{"a":' }),
      ])();
    },
  },
  {
    what: 'another method',
    shoot(aim) {
      const method = pick(aim.random, methods);
      const path = pick(aim.random, [
        `/api/v1/${pick(aim.random, lists)}`,
        sync(aim).path,
        '/api/v1/openapi.json',
        '/',
      ]);
      return { ...shotOf(aim, { method, path }), mayBeSilent: method === 'CONNECT' };
    },
  },
  {
    what: 'headers too large or too many',
    shoot(aim) {
      const headers = pick(aim.random, [
        [['X-Large', 'x'.repeat(20_000)]],
        Array.from({ length: 1_500 }, (_, nth) => [`X-${nth}`, '']),
        [['Cookie', 'a=b; '.repeat(2_500)]],
      ] as [string, string][][]);
      return shotOf(aim, { path: '/api/v1/integrations', headers });
    },
  },
  {
    what: 'a path in disguise',
    shoot(aim) {
      const path = pick(aim.random, [
        '/api/v1/../v1/runs',
        '/api/v1//runs',
        '/api/v1/runs/',
        '/api/v1/runs;a=b',
        '/API/v1/runs',
        '/api/v1/runs%2f..',
        '/api/v1/%2e%2e/runs',
        '/api/v1/runs%00',
        '/api/v1/runs#x',
        '/api/v1/runs\\',
        'http://elsewhere.example/api/v1/runs',
        '*',
        '/',
        '/metrics',
        '/ready',
        '/.env',
        `/api/v1/runs?${'a'.repeat(15_000)}`,
        `/${'a/'.repeat(4_000)}`,
        '/api/v1/runs?limit=1?limit=2',
        '/api/v1/\xff',
      ]);
      return { ...shotOf(aim, { path }), mayBeSilent: !path.startsWith('/') };
    },
  },
  {
    what: 'broken HTTP',
    shoot(aim) {
      const { path } = sync(aim);
      const whole = bytesOf(aim, { path: '/api/v1/runs' }).toString('latin1');
      const text = pick(aim.random, [
        'nonsense\r\n\r\n',
        'GET /api/v1/runs\r\n\r\n',
        whole.replace('HTTP/1.1', 'HTTP/9.9'),
        whole.replaceAll('\r\n', '\n'),
        whole.replace('Host: 127.0.0.1\r\n', ''),
        whole.replace('Host:', 'Host :'),
        whole.replace('Connection: close', 'X: a\r\n folded\r\nConnection: close'),
        whole.replace('Connection: close', 'X\0Y: a\r\nConnection: close'),
        whole.replace('Connection: close', 'Expect: 200-nothing\r\nConnection: close'),
        whole.replace('Connection: close', 'Upgrade: websocket\r\nConnection: Upgrade, close'),
        whole.replace('GET', 'GET\0'),
        whole.replace('Connection: close', 'Connection: keep-alive') + whole,
        bytesOf(aim, { method: 'POST', path, headers: [['Content-Length', '-1']], body: '{}' }).toString('latin1'),
        bytesOf(aim, {
          method: 'POST',
          path,
          headers: [
            ['Content-Length', '2'],
            ['Content-Length', '3'],
          ],
          body: '{}',
        }).toString('latin1'),
        bytesOf(aim, { method: 'POST', path, headers: [['Transfer-Encoding', 'chunked']], body: '{}' }).toString(
          'latin1',
        ),
        bytesOf(aim, {
          method: 'POST',
          path,
          headers: [
            ['Content-Length', '0'],
            ['Transfer-Encoding', 'chunked, gzip'],
          ],
          body: 'zz\r\n',
        }).toString('latin1'),
        '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        '\0'.repeat(64),
      ]);
      return { method: 'GET', path: '', bytes: Buffer.from(text, 'latin1'), mayBeSilent: true };
    },
  },
];

function sync({ random, attacker }: Aim): { readonly method: 'POST'; readonly path: string } {
  return { method: 'POST', path: `/api/v1/integrations/${pick(random, attacker.integrationIds)}/sync` };
}
