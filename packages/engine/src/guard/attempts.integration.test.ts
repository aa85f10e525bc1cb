import { inspect } from 'node:util';
import { ConnectorError } from '@evidence-fleet/connector-sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Observer, silentObserver } from '../observer.ts';
import {
  createTestRuntime,
  json,
  type ProviderServer,
  startProvider,
  type TestRuntime,
} from '../testing/provider-server.ts';

let provider: ProviderServer;
let guarded: TestRuntime | undefined;
beforeAll(async () => {
  provider = await startProvider();
});
afterEach(async () => {
  await guarded?.close();
});
afterAll(() => provider.close());

function open(options?: Parameters<typeof createTestRuntime>[1]): TestRuntime {
  guarded = createTestRuntime(provider.origin, options);
  return guarded;
}
const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

describe('a failed answer', () => {
  it.each([
    [400, 'malformed'],
    [401, 'authentication_failed'],
    [403, 'permission_denied'],
    [404, 'not_found'],
    [408, 'timeout'],
    [410, 'not_found'],
    [422, 'malformed'],
    [429, 'rate_limited'],
    [451, 'permission_denied'],
    [500, 'service_unavailable'],
    [503, 'service_unavailable'],
    [504, 'timeout'],
  ])('of %i is %s', async (status, code) => {
    provider.answer(json({ message: 's3cr3t' }, status));
    const error = await caught(
      open().runtime.fetch(`${provider.origin}/things/4711?key=s3cr3t`, { headers: { authorization: 's3cr3t' } }),
    );
    expect(error).toMatchObject({ name: 'ConnectorError', code, providerCode: String(status) });
    expect(inspect(error, { depth: 9 })).not.toContain('s3cr3t');
  });

  it("is first translated by the connector, from the provider's words", async () => {
    provider.answer(json({ message: 'Branch not protected' }, 404));
    const mapError = ({ body }: { body: string }) =>
      body.includes('not protected')
        ? new ConnectorError('not_found', 'Branch not protected', { providerCode: 'unprotected' })
        : undefined;
    const error = await caught(open({ connector: { mapError } }).runtime.fetch(`${provider.origin}/`));
    expect(error).toMatchObject({ providerCode: 'unprotected' });
  });
});

describe('retries', () => {
  it('help a passing fault, and are metered', async () => {
    provider.answer(json({}, 503), json({}, 500), json([1, 2, 3]));
    const { runtime, meter } = open();
    await runtime.fetch(`${provider.origin}/things/4711`);
    await runtime.fetch(`${provider.origin}/things/4712`);
    expect(meter.snapshot()).toEqual([
      expect.objectContaining({
        operation: 'GET /things/{id}',
        calls: 4,
        retries: 2,
        failed: 2,
        throttled: 0,
        responseBytes: 4 + 14,
      }),
    ]);
  });

  it('are told to the observer, as is each request with its status', async () => {
    provider.answer(json({}, 503), json({}, 429, { 'retry-after': '0' }), json([]));
    const heard = { statuses: [] as (number | null)[], calls: [] as string[], retries: 0, throttled: 0 };
    const observer: Observer = {
      ...silentObserver,
      call: (operation, make) => {
        heard.calls.push(operation);
        return make();
      },
      answered: (status) => void heard.statuses.push(status),
      counted({ retries = 0, throttled = 0 }) {
        heard.retries += retries;
        heard.throttled += throttled;
      },
    };
    const { runtime } = open({ observer });
    await runtime.fetch(`${provider.origin}/people/ada`);
    // The connector does not name this operation, and a path may name a person.
    expect(heard).toEqual({ statuses: [503, 429, 200], calls: ['GET'], retries: 2, throttled: 1 });
  });

  it('end after the last attempt', async () => {
    provider.answer(json({}, 503));
    await expect(open().runtime.fetch(`${provider.origin}/`)).rejects.toMatchObject({ code: 'service_unavailable' });
    expect(provider.requests).toHaveLength(3);
  });

  it('are not made of calls that may have had an effect', async () => {
    provider.answer(json({}, 503));
    await expect(open().runtime.fetch(provider.origin, { method: 'POST', body: '{}' })).rejects.toMatchObject({
      code: 'service_unavailable',
    });
    expect(provider.requests).toHaveLength(1);
  });

  it('are made of a POST that is marked as idempotent, with its body, without the mark', async () => {
    const bodies: string[] = [];
    const keep =
      (status: number) => (request: AsyncIterable<Buffer>, response: Parameters<ReturnType<typeof json>>[1]) => {
        void Array.fromAsync(request).then((chunks) => {
          bodies.push(Buffer.concat(chunks).toString());
          response.writeHead(status).end();
        });
      };
    provider.answer(keep(502), keep(200));
    await open().runtime.fetch(provider.origin, {
      method: 'POST',
      body: '{"query":1}',
      headers: { 'x-fleet-idempotent': '1' },
    });
    expect(bodies).toEqual(['{"query":1}', '{"query":1}']);
    expect(provider.requests[1]?.headers['x-fleet-idempotent']).toBeUndefined();
  });

  it('wait as long as the provider asks, and the whole fleet with them', async () => {
    provider.answer(json({}, 429, { 'retry-after': '0.05' }), json({}));
    const { runtime, quota, meter } = open();
    const started = performance.now();
    await runtime.fetch(`${provider.origin}/search`);
    expect(performance.now() - started).toBeGreaterThanOrEqual(45);
    expect(quota.blocks).toHaveLength(1);
    expect(quota.granted).toEqual(['test:1 search', 'test:1 search']);
    expect(meter.snapshot()[0]).toMatchObject({ throttled: 1, failed: 0 });
    expect(meter.snapshot()[0]?.waitedMs).toBeGreaterThan(20);
  });

  it('leave a long wait to the run', async () => {
    provider.answer(json({}, 429, { 'retry-after': '3600' }));
    const error = await caught(open().runtime.fetch(provider.origin));
    expect(error).toMatchObject({ code: 'rate_limited' });
    expect((error as ConnectorError).retryAt?.getTime()).toBeGreaterThan(Date.now() + 3_590_000);
    expect(provider.requests).toHaveLength(1);
  });

  it.each([
    ['rate_limited', 429],
    ['service_unavailable', 503],
  ] as const)('believe nobody who says "in ten years": %s comes again within a day', async (code, status) => {
    provider.answer(json({}, status));
    const retryAt = new Date(Date.now() + 10 * 365 * 86_400_000);
    const mapError = () => new ConnectorError(code, 'Later.', { retryAt });
    const { runtime, quota } = open({ connector: { mapError } });
    const error = await caught(runtime.fetch(provider.origin));
    expect(error).toMatchObject({ code });
    expect((error as ConnectorError).retryAt?.getTime()).toBeLessThanOrEqual(Date.now() + 86_400_000);
    expect(quota.blocks.every((until) => until.getTime() <= Date.now() + 86_400_000)).toBe(true);
  });

  it('name a time even when the provider does not', async () => {
    provider.answer(json({}, 429));
    const error = await caught(open().runtime.fetch(provider.origin));
    expect((error as ConnectorError).retryAt?.getTime()).toBeGreaterThan(Date.now());
    expect(provider.requests).toHaveLength(3);
  });
});

describe('the quota', () => {
  it('is reserved before every attempt, by operation and scope', async () => {
    provider.answer(json({}));
    const { runtime, quota } = open({ quotaScope: () => undefined });
    await runtime.fetch(`${provider.origin}/search?q=1`);
    await runtime.fetch(`${provider.origin}/users`);
    expect(quota.granted).toEqual(['integration:integration-1 search', 'integration:integration-1 core']);
  });

  it('used up for longer than is sat out ends the call unmade', async () => {
    provider.answer(json({}));
    const { runtime, quota } = open();
    quota.waitMs = 60_000;
    await expect(runtime.fetch(provider.origin)).rejects.toMatchObject({
      code: 'rate_limited',
      retryAt: expect.any(Date),
    });
    expect(provider.requests).toHaveLength(0);
    expect(quota.blocks).toEqual([]);
  });

  it.each([
    { calls: 'in time', waitMs: 1, toleranceMs: 60_000, turns: 1 },
    { calls: 'that need not wait', waitMs: 0, toleranceMs: -1, turns: 1 },
    { calls: 'that are always late, in the end', waitMs: 1, toleranceMs: -1, turns: 3 },
  ])('lets calls pass $calls', async ({ waitMs, toleranceMs, turns }) => {
    provider.answer(json({}));
    const { runtime, quota } = open();
    Object.assign(quota, { waitMs, toleranceMs });
    await runtime.fetch(provider.origin);
    expect(quota.granted).toHaveLength(turns);
    expect(provider.requests).toHaveLength(1);
  });

  it('is asked for another turn by a call that has missed its own', async () => {
    provider.answer(json({}));
    const { runtime, quota } = open();
    Object.assign(quota, { waitMs: 20, toleranceMs: 50 });
    const call = runtime.fetch(provider.origin);
    while (quota.granted.length === 0) await new Promise(setImmediate);
    const busyUntil = performance.now() + 100;
    while (performance.now() < busyUntil);
    await call;
    expect(quota.granted.length).toBeGreaterThan(1);
    expect(provider.requests).toHaveLength(1);
  });

  it('that cannot be asked lets nothing pass', async () => {
    provider.answer(json({}));
    const away = () => Promise.reject(new Error('redis is away'));
    const { runtime } = open({ quota: { reserve: away, report: away, block: away } });
    await expect(runtime.fetch(provider.origin)).rejects.toMatchObject({ code: 'service_unavailable' });
    expect(provider.requests).toHaveLength(0);
  });

  it("learns the provider's count when it says something new", async () => {
    provider.answer((request, response) => {
      response.writeHead(200, { 'x-remaining': request.url?.slice(1) ?? '' }).end();
    });
    const resetAt = new Date(Date.now() + 60_000);
    const readQuota = (headers: Headers) => ({ limit: 'core', remaining: Number(headers.get('x-remaining')), resetAt });
    const { runtime, quota } = open({ connector: { readQuota } });
    for (const remaining of [4_999, 4_998, 4_990, 4_900, 4_899, 0, 0])
      await runtime.fetch(`${provider.origin}/${remaining}`);
    expect(quota.reports.map((report) => report.remaining)).toEqual([4_999, 4_900, 0]);
  });
});
