import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Connector, defineConnector } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { createRuntime, type GuardedRuntime, type RuntimeOptions } from '../guard/runtime.ts';
import { MemoryQuota } from './memory-quota.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface ProviderServer {
  readonly origin: string;
  /** `127.0.0.1:<port>`, as an operator would allow it. */
  readonly host: string;
  readonly requests: IncomingMessage[];
  /** Answers from now on; the first handlers are used up one a request, the last one stays. */
  answer(...handlers: Handler[]): void;
  close(): Promise<void>;
}

/** A provider on a free loopback port that does what it is told. */
export async function startProvider(): Promise<ProviderServer> {
  const requests: IncomingMessage[] = [];
  let handlers: Handler[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    const handler = handlers.length > 1 ? handlers.shift() : handlers[0];
    if (handler === undefined) response.writeHead(500).end();
    else handler(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  const host = `127.0.0.1:${address.port}`;
  return {
    origin: `http://${host}`,
    host,
    requests,
    answer(...next) {
      handlers = next;
      requests.length = 0;
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** A JSON answer. */
export const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Handler =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };

/** A connector of a provider that does not exist, for the parts that only look at its declarations. */
const testConnector = defineConnector({
  id: 'test',
  title: 'Test',
  version: 1,
  auth: { token: { title: 'Token', secrets: z.object({ token: z.string() }) } },
  settings: z.object({}),
  scopeSettings: [],
  limits: [
    { name: 'search', requests: 30, perMs: 60_000, operations: ['GET /search'], docs: 'https://example.com' },
    { name: 'core', requests: 5_000, perMs: 3_600_000, docs: 'https://example.com' },
  ],
  calls: { begins: [], counts: {} },
  concurrency: 4,
  schedule: { defaultHours: 24, minHours: 1, maxHours: 168 },
  hosts: () => ['api.example.com', '*.example.net'],
  connect: () => ({}),
  check: async () => ({ account: { id: '1', title: 'Test' }, quotaScope: 'test:1', grants: [] }),
  streams: [],
});

export interface TestRuntime extends GuardedRuntime {
  readonly quota: MemoryQuota;
  readonly abort: AbortController;
}

/** A runtime whose endpoint is the given origin, allowed to call loopback there, quick to retry. */
export function createTestRuntime(
  endpoint: string | undefined,
  options: Partial<Omit<RuntimeOptions, 'connector'>> & { connector?: Partial<Connector> } = {},
): TestRuntime {
  const quota = new MemoryQuota();
  const abort = new AbortController();
  const silent = () => {};
  const guarded = createRuntime({
    settings: {},
    endpoint,
    quota,
    quotaScope: () => 'test:1',
    integrationId: 'integration-1',
    network: { allowPrivate: endpoint === undefined ? [] : [new URL(endpoint).host] },
    signal: abort.signal,
    log: { debug: silent, info: silent, warn: silent },
    saveCredentials: async () => {},
    ...options,
    connector: { ...testConnector, ...options.connector },
    limits: { backoffMs: 1, ...options.limits },
  });
  return { ...guarded, quota, abort };
}
