import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';
import { followSilentConnections } from './silent-connections.ts';

it('lets a server end in which somebody is connected and asks nothing, and what is being answered with it', async () => {
  const { promise: asked, resolve: isAsked } = Promise.withResolvers<() => void>();
  const server = createServer((_request, response) => isAsked(() => response.end('answered')));
  const endSilent = followSilentConnections(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens has no other kind of address
  const [silent, half, asking] = [connect(port), connect(port), connect(port)];
  await Promise.all([silent, half, asking].map((socket) => once(socket, 'connect')));
  half.write('GET / HTTP/1.1\r\nHost');
  asking.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const answer = await asked;
  const ended = [once(server, 'close'), endOf(silent), endOf(half)];
  server.close();
  endSilent();
  answer();
  expect(await text(asking)).toContain('answered');
  await Promise.all(ended);
});

/** With an error or without. */
async function endOf(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on('error', () => {}).once('close', resolve);
  socket.resume();
  await promise;
}
