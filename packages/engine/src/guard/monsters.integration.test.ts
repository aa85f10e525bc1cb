import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestRuntime, type ProviderServer, startProvider, type TestRuntime } from '../testing/provider-server.ts';

const megabyte = 1024 * 1024;

describe('a monstrous answer', () => {
  let provider: ProviderServer;
  let guarded: TestRuntime;
  beforeAll(async () => {
    provider = await startProvider();
  });
  afterEach(() => guarded.close());
  afterAll(() => provider.close());

  const answer = (body: string | Buffer, headers: Record<string, string>) => {
    provider.answer((_request, response) => response.writeHead(200, headers).end(body));
    guarded = createTestRuntime(provider.origin, { limits: { attempts: 1 } });
    return guarded.runtime;
  };
  const deepJson = '['.repeat(10_000) + ']'.repeat(10_000);
  const deepXml = '<a>'.repeat(10_000) + '</a>'.repeat(10_000);
  const million = JSON.stringify(Array.from({ length: 1_000_000 }, () => 1));
  const refused = { code: 'malformed', message: expect.stringContaining('such an answer is not read') };

  it.each([
    ['JSON 10,000 deep', deepJson, 'application/json'],
    ['XML 10,000 deep', deepXml, 'text/xml'],
    ['a page of a million items', million, 'application/json'],
    ['JSON 10,000 deep that does not say what it is', deepJson, ''],
  ])('%s is refused by fetch and by the transport of SDKs', async (_, body, type) => {
    const runtime = answer(body, type === '' ? {} : { 'content-type': type });
    await expect(runtime.fetch(`${provider.origin}/`)).rejects.toMatchObject(refused);
    await expect(runtime.transport(`${provider.origin}/`)).rejects.toMatchObject(refused);
  });

  it('that travels small is measured as it unpacks', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    await expect(answer(gzipSync(million), headers).fetch(`${provider.origin}/`)).rejects.toMatchObject(refused);
    const bomb = gzipSync(Buffer.alloc(64 * megabyte, ' '));
    await guarded.close();
    await expect(answer(bomb, headers).fetch(`${provider.origin}/`)).rejects.toMatchObject({ code: 'malformed' });
  });

  it.each([
    ['JSON 10,000 deep', 503, deepJson, 'service_unavailable'],
    ['JSON 10,000 deep', 429, deepJson, 'rate_limited'],
    ['a page of a million items', 403, million, 'permission_denied'],
    ['more than 32 MB', 404, Buffer.alloc(33 * megabyte, ' '), 'not_found'],
  ])('%s under the status %i is judged by the status', async (_, status, body, code) => {
    provider.answer((_request, response) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(body),
    );
    guarded = createTestRuntime(provider.origin, { limits: { attempts: 1 } });
    await expect(guarded.runtime.fetch(`${provider.origin}/`)).rejects.toMatchObject({
      code,
      providerCode: String(status),
    });
    const answered = await guarded.runtime.transport(`${provider.origin}/`);
    expect(answered.status).toBe(status);
    expect(await answered.text()).toBe('');
  });

  it('is not looked for in what nobody parses', async () => {
    const runtime = answer(deepJson, { 'content-type': 'application/octet-stream' });
    expect((await runtime.fetch(`${provider.origin}/`)).status).toBe(200);
  });

  it('of 2 GB is refused at 32 MB, in bounded memory', async () => {
    let sent = 0;
    let gone: Promise<unknown> = Promise.resolve();
    guarded = createTestRuntime(provider.origin, { limits: { attempts: 1 } });
    provider.answer((_request, response) => {
      gone = once(response, 'close');
      void pour(response, 2 * 1024, (bytes) => {
        sent += bytes;
      });
    });
    const before = process.memoryUsage.rss();
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 5);
    try {
      await expect(guarded.runtime.fetch(`${provider.origin}/`)).rejects.toMatchObject(refused);
      await gone;
    } finally {
      clearInterval(watch);
    }
    expect(sent).toBeLessThan(128 * megabyte);
    expect(most - before).toBeLessThan(256 * megabyte);
  });
});

/** Writes so many megabytes, no faster than the other side reads, until that hangs up. */
async function pour(response: ServerResponse, megabytes: number, note: (bytes: number) => void): Promise<void> {
  const chunk = Buffer.alloc(megabyte, ' ');
  response.writeHead(200, { 'content-type': 'application/json' });
  for (let written = 0; written < megabytes && !response.destroyed; written += 1) {
    const isRoom = response.write(chunk);
    note(chunk.length);
    if (!isRoom) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    await setImmediate();
  }
  response.end();
}
