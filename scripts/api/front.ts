import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Aimer } from './aim.ts';
import type { Tally } from './tally.ts';
import { sendBytes } from './wire.ts';

/** A proxy before the API that sees every answer whole. */
export interface Front {
  readonly url: string;
  close(): Promise<void>;
}

/** The connection's own headers. */
const ownHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding']);

export async function openFront({
  apiPort,
  aimer,
  tally,
}: {
  apiPort: number;
  aimer: Aimer;
  tally: Tally;
}): Promise<Front> {
  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', rawHeaders } = incoming;
    const path = aimer.url(url);
    const given = await buffer(incoming);
    const body = aimer.body(given);
    const lines = rawHeaders.flatMap((name, at, all) => {
      const isOurs = ownHeaders.has(name.toLowerCase()) || (body !== given && name.toLowerCase() === 'content-length');
      return at % 2 === 1 || isOurs ? [] : [`${name}: ${all[at + 1]}`];
    });
    if (body !== given) lines.push(`Content-Length: ${body.length}`);
    const head = [`${method} ${path} HTTP/1.1`, ...lines, 'Connection: close', '', ''].join('\r\n');
    const answer = await sendBytes(apiPort, Buffer.concat([Buffer.from(head, 'latin1'), body]));
    tally.note({ source: 'generated', method, path, answer });
    if (answer === null) return void response.destroy();
    aimer.learn(answer.body);
    const told = Object.entries(answer.headers).filter(([name]) => !ownHeaders.has(name) && name !== 'content-length');
    response.writeHead(answer.status, Object.fromEntries(told)).end(answer.body);
  }

  const server = createServer({ insecureHTTPParser: true }, (incoming, response) => {
    serve(incoming, response).catch(() => response.destroy());
  });
  server.on('clientError', (error, socket) => {
    tally.complain('the front could not read a generated request', String(error));
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens has no other kind of address
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
