type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  /** By default something inside the process. */
  readonly kind?: 'server' | 'client' | 'producer' | 'consumer';
  /** Ids and counts: neither names nor secrets. */
  readonly attributes?: Attributes;
  /** W3C traceparent of the span that it belongs under; without it that in whose work it begins, and a trace of its own where there is none. */
  readonly parent?: string | null;
  /** When it began; now without it. */
  readonly startedAt?: Date;
}

export interface Span {
  /** For whoever goes on with the trace in another process; null where nothing is traced. */
  readonly traceparent: string | null;
  set(attributes: Attributes): void;
  /** Until then nothing of it is sent. */
  end(): void;
}

/** Writes down what happens, as spans of OpenTelemetry. */
export interface Tracer {
  /** Runs work in a span, which tells of a failure by its name or code alone. */
  span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
  /** A span that its owner ends. */
  begin(name: string, options: SpanOptions): Span;
  /** Sends what is left, for seconds at most. */
  close(): Promise<void>;
}

const silentSpan: Span = { traceparent: null, set() {}, end() {} };

export const silentTracer: Tracer = {
  span: (_name, _options, work) => work(silentSpan),
  begin: () => silentSpan,
  close: async () => {},
};
