import { type SpanReceiver, startSpanReceiver } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openTracer } from './open-tracer.ts';
import { silentTracer } from './tracer.ts';

let receiver: SpanReceiver;
beforeAll(async () => {
  receiver = await startSpanReceiver();
});
afterAll(() => receiver.close());

it('writes spans inside one another, goes on with a trace of another process, and keeps to itself what an error says', async () => {
  const tracer = openTracer({ service: 'test', endpoint: `${receiver.url}/`, share: 1 });
  const request = tracer.begin('request', { kind: 'producer', startedAt: new Date(Date.now() - 1_000) });
  request.end();
  tracer.begin('given up', {}); // never ended, never sent
  const refused = tracer.span('run', { parent: request.traceparent }, async () => {
    await Promise.all(
      ['one', 'other'].map((name) =>
        tracer.span(name, {}, async (span) => {
          span.set({ rows: 2 });
          await tracer.span(`${name} call`, { kind: 'client' }, async () => {});
        }),
      ),
    );
    throw Object.assign(new Error('the tenant Acme has a secret'), { code: 'refused' });
  });
  await expect(refused).rejects.toThrow('Acme');
  await tracer.close();

  const { spans } = receiver;
  const named = (name: string) => spans.find((span) => span.name === name);
  const parents = Object.fromEntries(
    spans.map(({ name, parentSpanId }) => [name, spans.find(({ spanId }) => spanId === parentSpanId)?.name]),
  );
  expect(parents).toEqual({
    request: undefined,
    run: 'request',
    one: 'run',
    other: 'run',
    'one call': 'one',
    'other call': 'other',
  });
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(request.traceparent).toBe(`00-${named('request')?.traceId}-${named('request')?.spanId}-01`);
  expect(named('one')).toMatchObject({ service: 'test', attributes: { rows: 2 } });
  expect(named('run')?.attributes).toEqual({ 'error.type': 'refused' });
  expect(receiver.bodies.join()).not.toContain('Acme');
});

it('writes nothing of a trace that was not to be written where it began', async () => {
  const before = receiver.spans.length;
  const tracer = openTracer({ service: 'test', endpoint: receiver.url, share: 1 });
  const parent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`;
  const handedOn = await tracer.span('run', { parent }, async (span) => span.traceparent);
  await tracer.close();
  expect(handedOn).toMatch(new RegExp(`^00-${'a'.repeat(32)}-.*-00$`));
  expect(receiver.spans).toHaveLength(before);
});

it('is silent without an endpoint, and lets the work through', async () => {
  const result = await silentTracer.span('run', { parent: 'nonsense' }, async (span) => span.traceparent);
  expect(result).toBeNull();
});
