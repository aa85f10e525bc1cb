import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Follows the connections on which nothing has been asked yet, as clients and load balancers keep them ready. Node takes them for busy, so a
 * server that is closed would wait for their time-out.
 * @returns ends them, and every one that is still to come; what is being answered goes on
 */
export function followSilentConnections(server: Server): () => void {
  const silent = new Set<Socket>();
  let isEnding = false;
  server.on('connection', (socket: Socket) => {
    if (isEnding) return void socket.destroy();
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', ({ socket }) => silent.delete(socket));
  return () => {
    isEnding = true;
    for (const socket of silent) socket.destroy();
  };
}
