import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** As much of GitHub as a sync of one organization's settings needs, for the account whose number its token ends with. */
export interface SimulatedProvider {
  readonly url: string;
  /** While true, it answers nothing but 503, and at once. */
  isOut: boolean;
  close(): Promise<void>;
}

/** @param delayMs what an answer takes; asked for each */
export async function startProvider(delayMs: () => number): Promise<SimulatedProvider> {
  const server = createServer((request, response) => {
    if (provider.isOut) return send(response, 503, { message: 'Service Unavailable' });
    setTimeout(answer, delayMs(), request, response);
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens has no other kind of address
  const provider: SimulatedProvider = {
    url: `http://127.0.0.1:${port}`,
    isOut: false,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return provider;
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const account = Number(/(\d+)$/.exec(request.headers.authorization ?? '')?.[1]);
  const [path] = (request.url ?? '').split('?');
  if (path === '/user') send(response, 200, { id: account, login: `user-${account}` });
  else if (path === `/orgs/organization-${account}`) send(response, 200, organizationOf(account));
  else send(response, 404, { message: 'Not Found' });
}

function organizationOf(account: number) {
  const times = { created_at: '2020-01-01T00:00:00Z', updated_at: '2020-01-01T00:00:00Z' };
  return { id: account, login: `organization-${account}`, public_repos: 0, total_private_repos: 0, ...times };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, headers).end(text);
}
