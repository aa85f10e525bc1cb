import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, type Span as OpenSpan, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Span, SpanOptions, Tracer } from './tracer.ts';

interface TracerOptions {
  readonly service: string;
  /** Of an OTLP receiver over HTTP, without `/v1/traces`. */
  readonly endpoint: string;
  /** Of traces that begin here; one that began elsewhere is written if it was there. */
  readonly share: number;
  /** Between two messages, milliseconds; 1,000 by default. */
  readonly delayMs?: number;
}

/** Nobody waits for a receiver that is away. Milliseconds. */
const patienceMs = 5_000;

/** Sends spans in batches, in the background; what a receiver does not take is lost. It registers nothing globally. */
export function openTracer({ service, endpoint, share, delayMs = 1_000 }: TracerOptions): Tracer {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    timeoutMillis: patienceMs,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
    spanProcessors: [
      new BatchSpanProcessor({ exporter, scheduledDelayMillis: delayMs, exportTimeoutMillis: patienceMs }),
    ],
  });
  const tracer = provider.getTracer('evidence-fleet');
  const current = new AsyncLocalStorage<Context>();
  const start = (name: string, { kind, attributes = {}, parent, startedAt }: SpanOptions) => {
    const context = contextOf(parent) ?? current.getStore() ?? ROOT_CONTEXT;
    const options = { kind: kindOf(kind), attributes: { ...attributes }, ...(startedAt && { startTime: startedAt }) };
    const span = tracer.startSpan(name, options, context);
    return { span, context: trace.setSpan(context, span) };
  };
  return {
    async span(name, options, work) {
      const { span, context } = start(name, options);
      try {
        return await current.run(context, () => work(toSpan(span)));
      } catch (error) {
        span.setAttribute('error.type', typeOf(error));
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    },
    begin: (name, options) => toSpan(start(name, options).span),
    async close() {
      await provider.shutdown().catch(() => {}); // what is lost is a trace
    },
  };
}

function toSpan(span: OpenSpan): Span {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    set: (attributes) => void span.setAttributes({ ...attributes }),
    end: () => span.end(),
  };
}

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const traceparentFormat = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** undefined where there is no parent, or what was handed on is none. */
function contextOf(traceparent: string | null | undefined): Context | undefined {
  const [, traceId, spanId, flags] = traceparentFormat.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const traceFlags = Number.parseInt(flags, 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

function kindOf(kind: SpanOptions['kind']): SpanKind {
  switch (kind) {
    case 'server':
      return SpanKind.SERVER;
    case 'client':
      return SpanKind.CLIENT;
    case 'producer':
      return SpanKind.PRODUCER;
    case 'consumer':
      return SpanKind.CONSUMER;
    case undefined:
      return SpanKind.INTERNAL;
  }
  return kind satisfies never;
}

/** Messages may quote what a tenant or a provider said: a code says enough. */
function typeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return typeof error;
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (typeof code === 'string') return code;
  return typeof name === 'string' ? name : 'error';
}
