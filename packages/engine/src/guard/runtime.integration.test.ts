import { inspect } from 'node:util';
import { ConnectorError } from '@evidence-fleet/connector-sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
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

describe('Runtime.call', () => {
  const awsError = (name: string, status: number, more = {}) =>
    Object.assign(new Error(`${name} happened`), {
      name,
      $metadata: { httpStatusCode: status },
      $response: { headers: 's3cr3t' },
      ...more,
    });

  it('retries what an SDK says is throttling, and meters the bytes of its transport', async () => {
    provider.answer(json({ users: [] }));
    const { runtime, meter } = open();
    let attempt = 0;
    const value = await runtime.call('iam:ListUsers', async () => {
      attempt += 1;
      if (attempt === 1) throw awsError('Throttling', 400, { $retryable: { throttling: true } });
      return await (await runtime.transport(`${provider.origin}/`)).json();
    });
    expect(value).toEqual({ users: [] });
    expect(meter.snapshot()).toEqual([
      expect.objectContaining({ operation: 'iam:ListUsers', calls: 2, retries: 1, throttled: 1, responseBytes: 12 }),
    ]);
  });

  it.each([
    [awsError('AccessDenied', 403), 'permission_denied'],
    [awsError('NoSuchEntity', 404), 'not_found'],
    [awsError('InternalFailure', 500), 'service_unavailable'],
    [awsError('Odd', 200), 'malformed'],
    [Object.assign(new Error('gone'), { status: 410 }), 'not_found'],
    [Object.assign(new Error('socket'), { code: 'ECONNRESET' }), 'service_unavailable'],
    [new SyntaxError('Unexpected token <'), 'malformed'],
    [new Error('wrapped', { cause: new ConnectorError('timeout', 'late') }), 'timeout'],
  ])('translates %s', async (thrown, code) => {
    const error = await caught(open({ limits: { attempts: 1 } }).runtime.call('x:Y', () => Promise.reject(thrown)));
    expect(error).toMatchObject({ name: 'ConnectorError', code });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('s3cr3t');
  });

  it('lets the connector translate first', async () => {
    const mapSdkError = () => new ConnectorError('authentication_failed', 'The access key was deleted.');
    const call = open({ connector: { mapSdkError } }).runtime.call('x:Y', () =>
      Promise.reject(awsError('InvalidClientTokenId', 403)),
    );
    await expect(call).rejects.toMatchObject({ code: 'authentication_failed' });
  });

  it('keeps a fault in a program a fault, without what it carried', async () => {
    const fault = Object.assign(new TypeError('x is not a function'), { request: { headers: 's3cr3t' } });
    const error = await caught(open().runtime.call('x:Y', () => Promise.reject(fault)));
    expect(error).toMatchObject({ name: 'TypeError', message: 'x is not a function' });
    expect(error).not.toBeInstanceOf(ConnectorError);
    expect(inspect(error, { depth: 9 })).not.toContain('s3cr3t');
  });

  it('ends a request that does not', async () => {
    const call = open({ limits: { timeoutMs: 30, attempts: 1 } }).runtime.call('x:Y', () => new Promise(() => {}));
    await expect(call).rejects.toMatchObject({ code: 'timeout' });
  });
});

describe('the transport', () => {
  it('answers whatever the status, once', async () => {
    provider.answer(json({ message: 'no' }, 503), json({}));
    const { runtime, meter } = open();
    expect((await runtime.transport(`${provider.origin}/`)).status).toBe(503);
    expect(provider.requests).toHaveLength(1);
    expect(meter.snapshot()[0]).toMatchObject({ operation: 'GET /', calls: 1, responseBytes: 16 });
  });
});

describe('an abort', () => {
  const reason = new Error('the lease is lost');

  it('ends a call in the middle of its body, with its reason', async () => {
    const { promise: dripping, resolve } = Promise.withResolvers<void>();
    provider.answer((_, response) => response.writeHead(200).write('[1,', () => resolve()));
    const { runtime, abort } = open();
    const call = caught(runtime.fetch(provider.origin));
    await dripping;
    abort.abort(reason);
    expect(await call).toBe(reason);
  });

  it('ends calls that queue, sleep for quota, or pause between attempts', async () => {
    provider.answer(json({}, 503, { 'retry-after': '9' }));
    const { runtime, abort, quota } = open();
    const pausing = caught(runtime.fetch(`${provider.origin}/pausing`));
    while ((guarded?.meter.snapshot()[0]?.waitedMs ?? 0) < 5_000) await new Promise(setImmediate);
    quota.waitMs = 9_000;
    const queued = Array.from({ length: 10 }, () => caught(runtime.fetch(`${provider.origin}/queued`)));
    while (quota.granted.length < 5) await new Promise(setImmediate);
    abort.abort(reason);
    expect(await Promise.all([pausing, ...queued])).toEqual(Array(11).fill(reason));
    expect(provider.requests).toHaveLength(1);
  });

  it("of the caller's own signal ends that call alone", async () => {
    provider.answer(() => {});
    const { runtime } = open();
    const own = new AbortController();
    const call = caught(runtime.fetch(provider.origin, { signal: own.signal }));
    while (provider.requests.length === 0) await new Promise(setImmediate);
    own.abort(reason);
    expect(await call).toBe(reason);
    provider.answer(json({}));
    expect((await runtime.fetch(provider.origin)).status).toBe(200);
  });

  it('that came before lets nothing begin', async () => {
    provider.answer(json({}));
    const { runtime, abort } = open();
    abort.abort(reason);
    expect(await caught(runtime.fetch(provider.origin))).toBe(reason);
    expect(await caught(runtime.call('x:Y', async () => 1))).toBe(reason);
    expect(provider.requests).toHaveLength(0);
  });
});

describe('concurrency', () => {
  it('is what the connector declares', async () => {
    let running = 0;
    let most = 0;
    const { runtime } = open();
    const { promise: full, resolve } = Promise.withResolvers<void>();
    const calls = Array.from({ length: 12 }, () =>
      runtime.call('x:Y', async () => {
        running += 1;
        most = Math.max(most, running);
        if (running === 4) resolve();
        await full;
        await new Promise(setImmediate); // a fifth would begin here
        running -= 1;
      }),
    );
    await Promise.all(calls);
    expect(most).toBe(4);
  });
});
