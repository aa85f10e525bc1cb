import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createFaults, type Faults } from '../github/faults.ts';
import type { Answer } from '../github/routing.ts';
import { sendAnswer } from '../github/send-answer.ts';
import type { LoggedRequest } from '../github/server.ts';
import { churnOktaWorld } from './churn.ts';
import { directoryRoutes } from './directory-routes.ts';
import { createBuckets } from './rate-limits.ts';
import { type Call, type Caller, denied, notFound, refuse } from './routing.ts';
import { securityRoutes } from './security-routes.ts';
import { createTokenEndpoint } from './token-endpoint.ts';
import { type OktaWorld, rolesOfUser } from './world.ts';

export interface OktaSimulator {
  /** The organization's root, e.g. `http://127.0.0.1:40123`. */
  readonly url: string;
  /** Mutable: what is changed here is what the next request sees. */
  readonly world: OktaWorld;
  readonly faults: Faults;
  readonly requests: LoggedRequest[];
  /** Where links in answers point, for a client that comes through a proxy; `url` at first. */
  publicUrl: string;
  /** Moves every volatile value and shuffles every unordered list. */
  churn(): void;
  close(): Promise<void>;
}

export interface OktaOptions {
  readonly port?: number;
  /** Added to every answer. */
  readonly delayMs?: number;
  /** The most that one page of a list holds; without it, as many as Okta. */
  readonly pageSize?: number;
  /** Of a bucket; 100,000 by default, so that only a test that asks for it is throttled. */
  readonly callsPerMinute?: number;
  /** Of a minted token; an hour by default. */
  readonly tokenLifetimeS?: number;
}

const routes = [...directoryRoutes, ...securityRoutes].map(([path, scope, handle]) => {
  return { pattern: new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`), scope, handle };
});

/** Whether it answers calls of a path. */
export const serves = (path: string): boolean => routes.some(({ pattern }) => pattern.test(path));

/** Starts a stateful Okta management API over a world, on 127.0.0.1. */
export async function startOkta(world: OktaWorld, options: OktaOptions = {}): Promise<OktaSimulator> {
  const faults = createFaults();
  const buckets = createBuckets(options.callsPerMinute ?? 100_000);
  const tokens = createTokenEndpoint(world, options.tokenLifetimeS ?? 3600);
  const requests: LoggedRequest[] = [];
  let churns = 0;

  function answer(request: IncomingMessage, path: string, body: string): Answer {
    const [pathname = '/', search = ''] = path.split('?');
    const { isSpent, headers } = buckets.spend(pathname);
    const found = isSpent ? refuse(429, 'E0000047', 'API call exceeded rate limit.') : dispatch();
    return { ...found, headers: { ...headers, ...found.headers } };

    function dispatch(): Answer {
      if (request.method === 'POST') return pathname === '/oauth2/v1/token' ? tokens.mint(body) : notFound();
      const caller = callerOf(world, request.headers.authorization ?? '', tokens.callerOf);
      if (caller === undefined) return refuse(401, 'E0000011', 'Invalid token provided');
      const query = new URLSearchParams(search);
      const mostPerPage = options.pageSize;
      return route(pathname, { world, caller, query, path, apiUrl: simulator.publicUrl, mostPerPage });
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = Date.now();
    const path = request.url ?? '/';
    const body = await text(request);
    const fault = faults.take(path);
    const self = simulator.publicUrl + path;
    const status = await sendAnswer(response, {
      answer: answer(request, path, body),
      fault,
      self,
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
  const simulator: OktaSimulator = {
    url,
    publicUrl: url,
    world,
    faults,
    requests,
    churn: () => churnOktaWorld(world, ++churns, new Date()),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
  return simulator;
}

function callerOf(
  world: OktaWorld,
  authorization: string,
  ofMinted: (secret: string) => Caller | undefined,
): Caller | undefined {
  const [scheme, secret = ''] = authorization.split(' ');
  if (scheme === 'Bearer') return ofMinted(secret);
  const token = world.tokens.find((one) => one.secret === secret);
  const owner = world.users.find(({ id }) => id === token?.userId);
  if (scheme !== 'SSWS' || owner === undefined) return undefined;
  return { scopes: null, roles: rolesOfUser(world, owner).map(({ type }) => type), userId: owner.id };
}

function route(pathname: string, call: Omit<Call, 'parameters'>): Answer {
  for (const { pattern, scope, handle } of routes) {
    const match = pattern.exec(pathname);
    if (match === null) continue;
    if (call.caller.scopes?.includes(scope) === false) return denied();
    const decoded = Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
    return handle({ ...call, parameters: Object.fromEntries(decoded) });
  }
  return notFound();
}
