import { z } from 'zod';
import { silentTracer, type Tracer } from './tracer.ts';

/** The variables of every process that can be traced, by the names that OpenTelemetry gave them. */
export const tracingEnv = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('where traces go, OTLP over HTTP; none are written without it'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1).describe('share of traces that are written'),
};

/**
 * The tracer that the environment asks for. Without an endpoint it is silent, and the SDK of OpenTelemetry is not loaded.
 * @param service the process' name in the traces
 */
export async function createTracer(service: string, env: z.output<z.ZodObject<typeof tracingEnv>>): Promise<Tracer> {
  if (env.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return silentTracer;
  const { openTracer } = await import('./open-tracer.ts');
  return openTracer({ service, endpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT, share: env.OTEL_TRACES_SAMPLER_ARG });
}
