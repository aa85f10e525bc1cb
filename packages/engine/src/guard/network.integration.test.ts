import { once } from 'node:events';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createTestRuntime,
  json,
  type ProviderServer,
  startProvider,
  type TestRuntime,
} from '../testing/provider-server.ts';

let provider: ProviderServer;
let other: ProviderServer;
let guarded: TestRuntime | undefined;
beforeAll(async () => {
  [provider, other] = await Promise.all([startProvider(), startProvider()]);
});
afterEach(async () => {
  await guarded?.close();
  guarded = undefined;
});
afterAll(() => Promise.all([provider.close(), other.close()]));

function runtime(...options: Parameters<typeof createTestRuntime> extends [unknown, ...infer Rest] ? Rest : never) {
  guarded = createTestRuntime(provider.origin, ...options);
  return guarded.runtime;
}

const secret = { authorization: 'Bearer s3cr3t', accept: 'application/json' };

describe('a private address', () => {
  const spellings = [
    '127.0.0.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '0.0.0.0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    'localhost',
  ];

  it.each(spellings)('is refused as %s, whatever the tenant typed', async (host) => {
    provider.answer(json({}));
    const { port } = new URL(provider.origin);
    // the endpoint pins nothing away here: only the address check stands between
    guarded = createTestRuntime(`http://${host}:${port}`, { network: { allowPrivate: [] }, limits: { attempts: 1 } });
    const call = guarded.runtime.fetch(`http://${host}:${port}/`, { headers: secret });
    await expect(call).rejects.toMatchObject({
      code: 'configuration_error',
      message: expect.stringContaining('private address'),
    });
    expect(provider.requests).toHaveLength(0);
  });

  it('is reached by its name when the operator allows the address', async () => {
    provider.answer(json({ ok: true }));
    const { port } = new URL(provider.origin);
    guarded = createTestRuntime(`http://localhost:${port}`, { network: { allowPrivate: [`127.0.0.1:${port}`] } });
    expect(await (await guarded.runtime.fetch(`http://localhost:${port}/`)).json()).toEqual({ ok: true });
  });
});

describe('a destination', () => {
  it('that is no host of the connector gets nothing and costs no quota', async () => {
    other.answer(json({}));
    await expect(runtime().fetch(`${other.origin}/`, { headers: secret })).rejects.toMatchObject({
      code: 'configuration_error',
    });
    await expect(runtime().fetch('https://evil.example/', { headers: secret })).rejects.toMatchObject({
      code: 'malformed',
    });
    await expect(runtime().transport('https://evil.example/', { headers: secret })).rejects.toMatchObject({
      code: 'malformed',
    });
    expect(other.requests).toHaveLength(0);
    expect(guarded?.quota.granted).toEqual([]);
  });

  it('cannot be forged by a Host header', async () => {
    provider.answer(json({}));
    await runtime().fetch(`${provider.origin}/`, { headers: { host: 'evil.example' } });
    expect(provider.requests[0]?.headers.host).toBe(provider.host);
  });
});

describe('a redirect', () => {
  it('is followed to the same host', async () => {
    provider.answer((_, response) => response.writeHead(301, { location: '/moved' }).end(), json({ ok: true }));
    const response = await runtime().fetch(`${provider.origin}/`, { headers: secret });
    expect(response.url).toBe(`${provider.origin}/moved`);
    expect(provider.requests[1]?.headers.authorization).toBe('Bearer s3cr3t');
  });

  it('to another host takes the credential nowhere', async () => {
    provider.answer((_, response) => response.writeHead(302, { location: `${other.origin}/steal` }).end());
    other.answer(json({}));
    await expect(runtime().fetch(`${provider.origin}/`, { headers: secret })).rejects.toMatchObject({
      code: 'malformed',
    });
    expect(other.requests).toHaveLength(0);
  });

  it('in circles ends', async () => {
    provider.answer((_, response) => response.writeHead(302, { location: '/again' }).end());
    await expect(runtime().fetch(`${provider.origin}/`)).rejects.toThrow('circles');
    expect(provider.requests).toHaveLength(4);
  });
});

describe('an answer', () => {
  it('is decoded and complete', async () => {
    const body = gzipSync(JSON.stringify({ ok: true }));
    provider.answer((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length }).end(body),
    );
    const response = await runtime().fetch(`${provider.origin}/`);
    expect(await response.json()).toEqual({ ok: true });
    expect(response.headers.has('content-encoding')).toBe(false);
  });

  it('may be empty: HEAD of an encoded page, 204, 304', async () => {
    provider.answer((request, response) => {
      const status = Number(request.url?.slice(1));
      response.writeHead(status, { 'content-encoding': 'gzip' }).end();
    });
    expect((await runtime().fetch(`${provider.origin}/200`, { method: 'HEAD' })).status).toBe(200);
    expect((await runtime().fetch(`${provider.origin}/204`)).status).toBe(204);
    expect((await runtime().fetch(`${provider.origin}/304`)).status).toBe(304);
  });

  it('larger than the limit is refused by its declared size, and by what arrives', async () => {
    const limits = { responseBytes: 100_000 };
    provider.answer(json('x'.repeat(200_000)), (_, response) => {
      for (let i = 0; i < 20; i += 1) response.write('x'.repeat(10_000));
      response.end();
    });
    for (let i = 0; i < 2; i += 1) {
      await expect(runtime({ limits }).fetch(`${provider.origin}/`)).rejects.toMatchObject({ code: 'malformed' });
    }
  });

  it('that is a decompression bomb stops at the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 2 ** 20));
    provider.answer((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    const before = process.memoryUsage().arrayBuffers;
    await expect(runtime({ limits: { responseBytes: 2 ** 20 } }).fetch(`${provider.origin}/`)).rejects.toThrow(
      'more than 1024 KB',
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * 2 ** 20);
  });

  it('that drips ends with the deadline', async () => {
    provider.answer((_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(drip));
    });
    const call = runtime({ limits: { timeoutMs: 200, attempts: 1 } }).fetch(`${provider.origin}/`);
    await expect(call).rejects.toMatchObject({ code: 'timeout' });
  });

  it('that never comes is a timeout', async () => {
    provider.answer(() => {});
    const call = runtime({ limits: { timeoutMs: 100, attempts: 2 } }).fetch(`${provider.origin}/`);
    await expect(call).rejects.toMatchObject({ code: 'timeout' });
    expect(provider.requests).toHaveLength(2);
  });

  const half = gzipSync(JSON.stringify(Array.from({ length: 5_000 }, (_, i) => i))).subarray(0, 4_000);
  it.each([
    ['with less than its declared length', { 'content-length': '5000' }, true],
    ['in the middle of a chunked body', {}, true],
    ['in the middle of an archive', { 'content-encoding': 'gzip' }, false],
  ])('cut short %s is tried again', async (_name, headers, isCut) => {
    provider.answer(
      (_, response) => {
        response.writeHead(200, headers).write(half, () => (isCut ? response.destroy() : response.end()));
      },
      json({ ok: true }),
    );
    expect(await (await runtime().fetch(`${provider.origin}/`)).json()).toEqual({ ok: true });
    expect(provider.requests).toHaveLength(2);
  });

  it('of a broken archive is malformed', async () => {
    provider.answer((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('no archive'));
    await expect(runtime().fetch(`${provider.origin}/`)).rejects.toMatchObject({ code: 'malformed' });
  });

  it('that is a web page is not taken for JSON', async () => {
    provider.answer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'));
    await expect(runtime().fetch(`${provider.origin}/`, { headers: secret })).rejects.toMatchObject({
      code: 'malformed',
    });
    expect((await runtime().fetch(`${provider.origin}/`)).status).toBe(200);
  });
});

describe('a connection', () => {
  it('that is reset is tried again', async () => {
    provider.answer((request) => request.socket.resetAndDestroy(), json({ ok: true }));
    expect((await runtime().fetch(`${provider.origin}/`)).status).toBe(200);
  });

  it('that is refused is the service being unavailable, and the error names no secret', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const address = closed.address();
    const port = typeof address === 'object' ? address?.port : 0;
    closed.close();
    await once(closed, 'close');
    guarded = createTestRuntime(`http://127.0.0.1:${port}`);
    const error = await guarded.runtime
      .fetch(`http://127.0.0.1:${port}/?token=s3cr3t`, { headers: secret })
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'service_unavailable' });
    const { inspect } = await import('node:util');
    expect(inspect(error, { depth: 9 })).not.toContain('s3cr3t');
  });
});
