import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { until } from './until.ts';

export interface RedisCluster {
  /** As the fleet is told it: the address of one node. */
  readonly url: string;
  readonly nodes: readonly RedisServer[];
  close(): Promise<void>;
}

const slots = 16_384;
const masters = 3;

/** A Redis Cluster of three masters on this machine. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const nodes: RedisServer[] = [];
  const close = async () => {
    await Promise.all(nodes.map((node) => node.close()));
  };
  try {
    const busPorts: number[] = [];
    for (let nth = 0; nth < masters; nth += 1) {
      const busPort = await freePort();
      const settings = [
        '--cluster-enabled',
        'yes',
        '--cluster-port',
        String(busPort),
        '--cluster-node-timeout',
        '5000',
      ];
      nodes.push(await startRedis({ settings }));
      busPorts.push(busPort);
    }
    await join(nodes, busPorts);
    return { url: `${nodes[0]?.url}?cluster=true`, nodes, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/ */
async function join(nodes: readonly RedisServer[], busPorts: readonly number[]): Promise<void> {
  const clients = nodes.map(({ url }) => new Redis(url));
  try {
    for (const [nth, client] of clients.entries()) {
      const from = Math.floor((nth * slots) / nodes.length);
      const to = Math.floor(((nth + 1) * slots) / nodes.length) - 1;
      await client.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
    }
    for (const [nth, { port }] of nodes.entries())
      if (nth > 0) await clients[0]?.call('CLUSTER', 'MEET', '127.0.0.1', port, busPorts[nth] ?? 0);
    await until('every node knows all slots', async () => {
      const told = await Promise.all(clients.map((client) => client.cluster('INFO')));
      return told.every((info) => /cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(info));
    });
  } finally {
    for (const client of clients) client.disconnect();
  }
}
