import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A provider that refuses nothing and remembers when each call arrived. */
export interface LimitedProvider {
  readonly url: string;
  /** By its own clock, milliseconds, ascending. */
  readonly arrivals: readonly number[];
  close(): Promise<void>;
}

/** How long an answer takes. */
const answerMs = 50;
const page = JSON.stringify(
  Array.from({ length: 30 }, (_, id) => ({
    id,
    name: `item ${id}`,
    description: 'as long as descriptions are'.repeat(8),
  })),
);

export async function startLimitedProvider(): Promise<LimitedProvider> {
  const arrivals: number[] = [];
  const server = createServer((_request, response) => {
    arrivals.push(performance.now());
    setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end(page), answerMs);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens has no other kind of address
  return {
    url: `http://127.0.0.1:${port}`,
    arrivals,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** How many calls were one too many: the window that ends with them holds more than `limit`. */
export function callsOver(
  arrivals: readonly number[],
  { limit, windowMs }: { limit: number; windowMs: number },
): number {
  return arrivals.filter((at, index) => at - (arrivals[index - limit] ?? Number.NEGATIVE_INFINITY) < windowMs).length;
}
