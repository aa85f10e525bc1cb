import { createServer, type ServerResponse } from 'node:http';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { withDeadline } from './with-deadline.ts';

const checkTimeoutMs = 5_000;

/** Passes by returning, fails by throwing or by taking longer than 5 s. */
export type Check = () => void | Promise<void>;

export interface HealthServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Whether the process should be left alone; failing asks for a restart, so it must not depend on other services. */
  readonly live: Check | Readonly<Record<string, Check>>;
  /** Whether it can do its work now. Several checks are reported by name: `{ postgres, redis }`. */
  readonly ready: Check | Readonly<Record<string, Check>>;
  readonly metrics: Metrics;
  /** Hears why a check failed; the answer names only the check. */
  readonly log?: Logger;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves GET /live and /ready (200 or 503, `{ status, checks }`) and /metrics (Prometheus). Resolves when it listens. */
export async function createHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answer(response, 405, { status: 'method_not_allowed' });
    const route =
      path === '/live' || path === '/ready' ? answerChecks : path === '/metrics' ? answerMetrics : answerUnknown;
    route(response, options, path === '/live' ? 'live' : 'ready').catch((err: unknown) => {
      options.log?.error({ err, path }, 'health.failed');
      if (!response.headersSent) answer(response, 500, { status: 'error' });
      else response.destroy();
    });
  });
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(options.port, options.host, resolve);
  await listening;
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    async close() {
      const { promise: closed, resolve: done } = Promise.withResolvers<void>();
      server.close(() => done());
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answerChecks(
  response: ServerResponse,
  options: HealthServerOptions,
  kind: 'live' | 'ready',
): Promise<void> {
  const given = options[kind];
  const named = Object.entries(typeof given === 'function' ? { [kind]: given } : given);
  const results = await Promise.all(
    named.map(async ([name, check]) => [name, (await passes(name, check, options.log)) ? 'ok' : 'failed'] as const),
  );
  const isHealthy = results.every(([, result]) => result === 'ok');
  answer(response, isHealthy ? 200 : 503, { status: isHealthy ? 'ok' : 'failed', checks: Object.fromEntries(results) });
}

async function passes(name: string, check: Check, log: Logger | undefined): Promise<boolean> {
  try {
    await withDeadline(checkTimeoutMs, check);
    return true;
  } catch (err) {
    log?.warn({ err, check: name }, 'health.check_failed');
    return false;
  }
}

async function answerMetrics(response: ServerResponse, { metrics }: HealthServerOptions): Promise<void> {
  const text = await metrics.registry.metrics();
  response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text);
}

async function answerUnknown(response: ServerResponse): Promise<void> {
  answer(response, 404, { status: 'not_found' });
}

function answer(response: ServerResponse, status: number, body: object): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
}
