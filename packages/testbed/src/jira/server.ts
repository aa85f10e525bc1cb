import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createFaults, type Faults } from '../github/faults.ts';
import type { Answer } from '../github/routing.ts';
import { sendAnswer } from '../github/send-answer.ts';
import type { LoggedRequest } from '../github/server.ts';
import { churnJiraWorld } from './churn.ts';
import { directoryRoutes } from './directory-routes.ts';
import { issueRoutes } from './issue-routes.ts';
import { type Call, notFound, refuse } from './routing.ts';
import type { JiraWorld, WorldJiraUser } from './world.ts';

export interface JiraSimulator {
  /** The site's root, e.g. `http://127.0.0.1:40123`. */
  readonly url: string;
  /** Mutable: what is changed here is what the next request sees. */
  readonly world: JiraWorld;
  readonly faults: Faults;
  readonly requests: LoggedRequest[];
  /** Where addresses in answers point, for a client that comes through a proxy; `url` at first. */
  publicUrl: string;
  /** Moves every volatile value and shuffles every unordered list. */
  churn(): void;
  close(): Promise<void>;
}

export interface JiraOptions {
  readonly port?: number;
  /** Added to every answer. */
  readonly delayMs?: number;
  /** The most that one page of a list holds; without it, as many as Jira. */
  readonly pageSize?: number;
}

const routes = [...directoryRoutes, ...issueRoutes].map(([route, handle, open]) => {
  const [method = '', path = ''] = route.split(' ');
  const pattern = new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
  return { method, pattern, handle, isOpen: open === 'open' };
});

/** Whether it answers calls of a path. */
export const serves = (path: string): boolean => routes.some(({ pattern }) => pattern.test(path));

/** Starts a stateful Jira Cloud REST API over a world, on 127.0.0.1. */
export async function startJira(world: JiraWorld, options: JiraOptions = {}): Promise<JiraSimulator> {
  const faults = createFaults();
  const requests: LoggedRequest[] = [];
  let churns = 0;

  function answer(request: IncomingMessage, path: string, body: string): Answer {
    const [pathname = '/', search = ''] = path.split('?');
    return route(request.method ?? 'GET', pathname, {
      world,
      caller: callerOf(world, request.headers.authorization ?? ''),
      query: new URLSearchParams(search),
      body: body === '' ? {} : JSON.parse(body),
      apiUrl: simulator.publicUrl,
      mostPerPage: options.pageSize,
    });
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = Date.now();
    const path = request.url ?? '/';
    const body = await text(request);
    const fault = faults.take(path);
    const self = simulator.publicUrl + path;
    const delayMs = options.delayMs ?? 0;
    const status = await sendAnswer(response, { answer: answer(request, path, body), fault, self, delayMs });
    requests.push({ method: request.method ?? 'GET', path, status, at });
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // a TCP server that listens has no other kind of address
  const url = `http://127.0.0.1:${port}`;
  const simulator: JiraSimulator = {
    url,
    publicUrl: url,
    world,
    faults,
    requests,
    churn: () => churnJiraWorld(world, ++churns, new Date()),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
  return simulator;
}

function callerOf(world: JiraWorld, authorization: string): WorldJiraUser | null {
  const [scheme, encoded = ''] = authorization.split(' ');
  const token = world.tokens.find(({ email, secret }) => btoa(`${email}:${secret}`) === encoded);
  if (scheme !== 'Basic' || token === undefined) return null;
  return world.users.find(({ accountId, active }) => accountId === token.accountId && active) ?? null;
}

/** What strangers are shown, they are shown with a 200; then a header says that the credential did not count. */
const loginFailed = { 'x-seraph-loginreason': 'AUTHENTICATED_FAILED' };

function route(method: string, pathname: string, call: Omit<Call, 'parameters'>): Answer {
  for (const { method: ofRoute, pattern, handle, isOpen } of routes) {
    const match = pattern.exec(pathname);
    if (match === null || ofRoute !== method) continue;
    if (call.caller === null && !isOpen) return refuse(401, 'Client must be authenticated to access this resource.');
    const decoded = Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
    const answer = handle({ ...call, parameters: Object.fromEntries(decoded) });
    return call.caller === null && pathname !== '/_edge/tenant_info' ? { ...answer, headers: loginFailed } : answer;
  }
  return notFound();
}
