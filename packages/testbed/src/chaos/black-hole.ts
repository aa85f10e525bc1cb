import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** The way to a server, which can be made to swallow everything: nothing is refused, nothing closed, nothing answered. */
export interface BlackHole {
  readonly port: number;
  /** From now on no byte passes in either direction, on connections that stand and on new ones. */
  swallow(): void;
  /** New connections pass again. Those that were swallowed stay dead, as after a failover: what they were told is lost. */
  heal(): void;
  close(): Promise<void>;
}

/** Stands in front of a server on 127.0.0.1. */
export async function startBlackHole(target: number): Promise<BlackHole> {
  const sockets = new Set<Socket>();
  let isSwallowing = false;
  const server = createServer((near) => {
    const pair = [near, ...(isSwallowing ? [] : [connect(target, '127.0.0.1')])];
    for (const socket of pair) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => pair.forEach((one) => void one.destroy()));
    }
    const [, far] = pair;
    if (far === undefined) return void near.resume(); // read, and lost
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens has no other kind of address
  return {
    port,
    swallow() {
      isSwallowing = true;
      for (const socket of sockets) socket.unpipe().removeAllListeners('end').resume();
    },
    heal() {
      isSwallowing = false;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
