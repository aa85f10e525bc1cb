import { METHODS } from 'node:http';
import type { Readable } from 'node:stream';
import type { TokenBearer } from '@evidence-fleet/db';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from './authenticate.ts';
import type { Call, Endpoint } from './endpoint.ts';
import { ProblemError, retryLater } from './problem.ts';
import { readRequest } from './read-request.ts';
import { sendStream } from './send-stream.ts';
import type { ApiTools } from './tools.ts';

type Tools = ApiTools & { readonly authenticator: Authenticator };

/** Makes a route of every endpoint, and one that refuses of every method that an address does not take. */
export function registerEndpoints(server: FastifyInstance, endpoints: readonly Endpoint[], tools: Tools): void {
  // All that Node reads: a method that the framework does not know by itself would be answered as an address that is none.
  for (const method of METHODS) if (!server.supportedMethods.includes(method)) server.addHttpMethod(method);
  for (const endpoint of endpoints) registerEndpoint(server, endpoint, tools);
  for (const [path, those] of Map.groupBy(endpoints, (endpoint) => endpoint.path)) {
    const allowed: string[] = those.map(({ method }) => method);
    server.route({
      method: METHODS.filter((method) => !allowed.includes(method)),
      url: routeOf(path),
      onRequest: async () => {
        const headers = { allow: allowed.join(', ') };
        throw new ProblemError('method_not_allowed', `This address takes ${allowed.join(' and ')}.`, { headers });
      },
      handler: async () => '',
    });
  }
}

/** `{id}` in descriptions is `:id` in routes. */
function routeOf(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

type ParsedCall = Call<Record<string, unknown>, Record<string, unknown>, unknown>;

function registerEndpoint(server: FastifyInstance, endpoint: Endpoint, tools: Tools): void {
  const callers = new WeakMap<FastifyRequest, TokenBearer>();
  server.route({
    method: endpoint.method,
    url: routeOf(endpoint.path),
    // Before the body is read: who may not call sends nothing that is looked at.
    onRequest: async (request) => {
      const caller = await tools.authenticator.authenticate(request.headers.authorization, endpoint.scope);
      await limit(tools, caller);
      callers.set(request, caller);
    },
    handler: async (request, reply) => {
      const caller = callers.get(request);
      if (caller === undefined) throw new Error('a request is authenticated before it is answered');
      const read = { ...readRequest(endpoint, request), caller };
      const parent = traceparentOf(request);
      const attributes = { 'fleet.organization.id': caller.organizationId };
      return tools.tracer.span(`api.${endpoint.operationId}`, { kind: 'server', parent, attributes }, (span) => {
        const call = { ...read, traceparent: span.traceparent ?? parent } as ParsedCall; // as its schemas parsed it
        return answer(endpoint, call, reply, tools);
      });
    },
    onResponse: async (request, reply) => note(endpoint, { request, reply, caller: callers.get(request) }, tools),
  });
}

/** What is none is left out: https://www.w3.org/TR/trace-context/#traceparent-header */
function traceparentOf({ headers: { traceparent } }: FastifyRequest): string | null {
  return typeof traceparent === 'string' && /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceparent)
    ? traceparent
    : null;
}

async function limit({ limiter, measure }: Tools, { tokenId }: TokenBearer): Promise<void> {
  const waitMs = await limiter.take(tokenId);
  if (waitMs === 0) return;
  measure.limited.inc();
  throw retryLater('rate_limited', 'Come again after the seconds that Retry-After names, or ask less often.', waitMs);
}

/** @returns the body */
async function answer(
  endpoint: Endpoint,
  call: ParsedCall,
  reply: FastifyReply,
  tools: Tools,
): Promise<string | Readable> {
  if (endpoint.kind === 'stream') return sendStream(endpoint, call, reply, tools);
  const { body, headers = {} } = await endpoint.handle(tools, call);
  const text = JSON.stringify(endpoint.answer.parse(body));
  reply.code(endpoint.status).headers({ ...headers, 'content-type': 'application/json; charset=utf-8' });
  return text;
}

interface Answered {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: TokenBearer | undefined;
}

/** One line a request: what was asked for by whom, and how it ended. */
function note({ operationId, kind }: Endpoint, { request, reply, caller }: Answered, { measure, log }: Tools): void {
  const { statusCode: status, elapsedTime } = reply;
  if (kind === 'json')
    measure.requests.observe({ operation: operationId, status: String(status) }, elapsedTime / 1_000);
  const who = caller && { organizationId: caller.organizationId, tokenId: caller.tokenId };
  const fields = { requestId: request.id, operation: operationId, status, ms: Math.round(elapsedTime) };
  log.info({ ...fields, ...who }, 'api.answered');
}
