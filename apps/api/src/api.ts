import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { createAuthenticator } from './authenticate.ts';
import { endpoints } from './endpoints.ts';
import { openapi } from './openapi.ts';
import { asProblem, notFound, ProblemError, problemOf } from './problem.ts';
import { registerEndpoints } from './register-endpoints.ts';
import { followSilentConnections } from './silent-connections.ts';
import type { ApiTools } from './tools.ts';

export interface Api {
  /** Answers without a network, for tests. */
  readonly server: FastifyInstance;
  /** @returns the port */
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
  /** Takes nothing more, lets what is being answered end, and ends streams. */
  close(): Promise<void>;
}

const jsonType = 'application/json; charset=utf-8';
const problemType = 'application/problem+json; charset=utf-8';

/** Makes the API; it listens nowhere yet. */
export function createApi(tools: ApiTools): Api {
  const answerProblem = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const problem = asProblem(error);
    if (problem.code === 'internal')
      tools.log.error({ err: error, requestId: request.id, method: request.method }, 'api.failed');
    const body = problemOf(problem, request.id);
    void reply
      .code(body.status)
      .headers({ ...problem.headers, 'x-request-id': request.id, 'content-type': problemType })
      .send(JSON.stringify(body));
  };
  const server = fastify({
    logger: false, // our own lines, below: the framework's hold addresses with their queries
    genReqId: requestIdOf,
    bodyLimit: 65_536,
    requestTimeout: 30_000,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => answerProblem(error, request, reply),
    clientErrorHandler: (error, socket) => refuseUnread(error, socket),
    http: { requireHostHeader: false }, // Node's own refusal is no problem document: it is refused below
  });
  // Whoever expects what HTTP does not know is answered as if he expected nothing: Node's own refusal is no problem document either.
  server.server.on('checkExpectation', (request, response) => server.routing(request, response));
  server.removeContentTypeParser('text/plain');
  server.setErrorHandler((error, request, reply) => answerProblem(error, request, reply));
  server.setNotFoundHandler((request, reply) => answerProblem(nothingHere, request, reply));
  server.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-request-id': request.id, 'cache-control': 'no-store' });
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1')
      throw new ProblemError('invalid_request', 'Send the header Host.');
  });
  const endSilent = followSilentConnections(server.server);
  const description = JSON.stringify(openapi(endpoints));
  server.get('/api/v1/openapi.json', async (_request, reply) => {
    reply.header('content-type', jsonType);
    return description;
  });
  registerEndpoints(server, endpoints, { ...tools, authenticator: createAuthenticator(tools) });
  return {
    server,
    async listen({ host, port }) {
      await server.listen({ host, port });
      const address = server.server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    async close() {
      const closed = server.close();
      endSilent();
      await closed;
    },
  };
}

const nothingHere: ProblemError = notFound(
  'There is nothing at this address. GET /api/v1/openapi.json describes what there is.',
);

/** The caller's own id, where it is fit for a log. */
function requestIdOf({
  headers,
}: {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
}

const unread: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** What is no HTTP, or does not arrive in time: there is no request yet that could be answered. */
function refuseUnread(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const problem = problemOf(asProblem({ statusCode: unread[error.code ?? ''] ?? 400 }), randomUUID());
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} Refused\r\nContent-Type: ${problemType}\r\nX-Request-Id: ${problem.requestId}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
