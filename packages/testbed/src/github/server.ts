import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createApps } from './app.ts';
import { churnWorld } from './churn.ts';
import { createFaults, type Faults } from './faults.ts';
import { createRateLimits } from './rate-limits.ts';
import { accessRoutes } from './routes/access-routes.ts';
import { historyRoutes } from './routes/history-routes.ts';
import { organizationRoutes } from './routes/organization-routes.ts';
import { protectionRoutes } from './routes/protection-routes.ts';
import { pullRequestRoutes } from './routes/pull-request-routes.ts';
import { repositoryRoutes } from './routes/repository-routes.ts';
import { type Answer, type Call, notFound, refuse } from './routing.ts';
import { sendAnswer } from './send-answer.ts';
import type { GitHubWorld, WorldToken } from './world.ts';

export interface LoggedRequest {
  readonly method: string;
  /** Path and query. Never headers: they hold tokens. */
  readonly path: string;
  readonly status: number;
  /** Milliseconds since the epoch, when the request came in. */
  readonly at: number;
}

export interface GitHubSimulator {
  /** The API's root, e.g. `http://127.0.0.1:40123`. */
  readonly url: string;
  /** Mutable: what is changed here is what the next request sees. */
  readonly world: GitHubWorld;
  readonly tokens: readonly WorldToken[];
  readonly faults: Faults;
  readonly requests: LoggedRequest[];
  /** Where links in answers point, for a client that comes through a proxy; `url` at first. */
  publicUrl: string;
  /** Moves every volatile value and shuffles every unordered list. */
  churn(): void;
  close(): Promise<void>;
}

const routes = [
  ...organizationRoutes,
  ...repositoryRoutes,
  ...pullRequestRoutes,
  ...accessRoutes,
  ...historyRoutes,
  ...protectionRoutes,
].map(([route, handle, permission]) => {
  const [path = '', method = 'GET'] = route.split(' ').reverse();
  return { method, pattern: new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`), handle, permission };
});

export interface GitHubOptions {
  readonly port?: number;
  /** Added to every answer. */
  readonly delayMs?: number;
  /** The most that one page of a list holds; 100 by default. */
  readonly pageSize?: number;
}

/** Starts a stateful GitHub REST API over a world, on 127.0.0.1. */
export async function startGitHub(world: GitHubWorld, options: GitHubOptions = {}): Promise<GitHubSimulator> {
  const faults = createFaults();
  const limits = createRateLimits();
  const apps = createApps(world);
  const requests: LoggedRequest[] = [];
  let churns = 0;

  function answer(request: IncomingMessage, path: string, body: unknown): Answer {
    const { method = 'GET' } = request;
    const secret = /^(?:bearer|token) (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const asApp = apps.answer({
      method,
      path,
      signature: secret ?? '',
      apiUrl: simulator.publicUrl,
    });
    if (asApp !== undefined) return asApp;
    const token = world.tokens.find((one) => one.secret === secret) ?? apps.tokenOf(secret ?? '');
    if (token === undefined || hasEnded(token)) return refuse(401, 'Bad credentials');
    const { isSpent, headers } = limits.spend(token);
    if (token.scopes !== null) headers['x-oauth-scopes'] = token.scopes.join(', ');
    if (token.endsAt !== undefined) headers['github-authentication-token-expiration'] = timeOf(token.endsAt);
    const mostPerPage = options.pageSize ?? 100;
    const call = { world, token, method, path, body, apiUrl: simulator.publicUrl, mostPerPage };
    const found = isSpent ? refuse(403, `API rate limit exceeded for user ID ${token.userId}.`) : dispatch(call);
    return { ...found, headers: { ...headers, ...found.headers } };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = Date.now();
    const path = request.url ?? '/';
    const fault = faults.take(path);
    const body = request.method === 'GET' ? undefined : await bodyOf(request);
    const status = await sendAnswer(response, {
      answer: answer(request, path, body),
      fault,
      self: simulator.publicUrl + path,
      delayMs: options.delayMs ?? 0,
    });
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
  const simulator: GitHubSimulator = {
    url,
    publicUrl: url,
    world,
    tokens: world.tokens,
    faults,
    requests,
    churn: () => churnWorld(world, ++churns, new Date()),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
  return simulator;
}

function hasEnded({ endsAt }: WorldToken): boolean {
  return endsAt !== undefined && endsAt.getTime() <= Date.now();
}

/** `2026-10-07 19:07:53 UTC` */
function timeOf(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const sent = await text(request);
  try {
    return JSON.parse(sent);
  } catch {
    return undefined; // a handler that needs one says so
  }
}

function dispatch(call: Omit<Call, 'parameters' | 'query'>): Answer {
  const [pathname = '/', search = ''] = call.path.split('?');
  for (const { method, pattern, handle, permission } of routes) {
    if (method !== call.method) continue;
    const groups = pattern.exec(pathname)?.groups;
    if (groups === undefined && !pattern.test(pathname)) continue;
    const { installation } = call.token;
    if (permission !== undefined && installation !== undefined && installation.permissions[permission] === undefined) {
      const wanted = { 'x-accepted-github-permissions': `${permission}=read` };
      return refuse(403, 'Resource not accessible by integration', wanted);
    }
    const decoded = Object.entries(groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
    return handle({ ...call, parameters: Object.fromEntries(decoded), query: new URLSearchParams(search) });
  }
  return notFound();
}
