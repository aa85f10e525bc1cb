import { Cluster, Redis, type RedisOptions } from 'ioredis';

/** What the queues say: fields first, then a constant event name. pino's logger fits. */
export type QueueLog = Readonly<Record<'debug' | 'info' | 'warn' | 'error', (fields: object, event: string) => void>>;

export interface ConnectionOptions {
  /**
   * redis:// or rediss:// (TLS), with user and password where Redis asks for them; of a Redis Cluster that of any node, with `?cluster=true`.
   * Never logged.
   */
  readonly url: string;
  /** Shown in CLIENT LIST and in the log. */
  readonly name: string;
  readonly log: QueueLog;
}

/** Longest wait for a reply, in milliseconds; past it the caller hears that Redis is away. */
export const replyTimeoutMs = 2_000;

const longestReconnectMs = 2_000;

/** Longest silence after a command: longer than any that BullMQ lets Redis wait with (10 s). Past it the connection is dead, and opened anew. */
const longestSilenceMs = 15_000;

/** A connection whose commands fail at once while Redis is away, and after 2 s without a reply: for producers, quotas, checks. */
export function connectFailingFast(options: ConnectionOptions): Redis {
  return connect(options, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: replyTimeoutMs,
    socketTimeout: 2 * replyTimeoutMs,
  });
}

/** A connection whose commands wait until Redis is back: for consumers, as BullMQ wants it. */
export function connectPatiently(options: ConnectionOptions): Redis {
  return connect(options, { maxRetriesPerRequest: null, socketTimeout: longestSilenceMs });
}

type Behaviour = Pick<RedisOptions, 'commandTimeout' | 'enableOfflineQueue' | 'maxRetriesPerRequest' | 'socketTimeout'>;

function connect({ url, name, log }: ConnectionOptions, behaviour: Behaviour): Redis {
  const address = parseAddress(url);
  const connection = { connectionName: name, connectTimeout: 5_000, keepAlive: 10_000 };
  const redis =
    address.searchParams.get('cluster') === 'true'
      ? connectCluster(address, connection, behaviour)
      : new Redis(url, {
          ...connection,
          retryStrategy,
          // A replica after a failover: drop the connection and send the command again to whoever is the master now.
          reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
          ...behaviour,
        });
  logChanges(redis, name, log);
  return redis;
}

function retryStrategy(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 10), longestReconnectMs);
}

/** One node tells of all others. Every queue, and every quota, has all its keys in one slot. */
function connectCluster(
  { hostname, port, protocol, username, password }: URL,
  connection: Pick<RedisOptions, 'connectionName' | 'connectTimeout' | 'keepAlive'>,
  { enableOfflineQueue = true, ...behaviour }: Behaviour,
): Redis {
  const cluster = new Cluster([{ host: hostname, port: Number(port || 6379) }], {
    enableOfflineQueue,
    clusterRetryStrategy: retryStrategy,
    slotsRefreshTimeout: replyTimeoutMs,
    // Certificates are of names: a node is called by the one that it tells.
    dnsLookup: (host, done) => done(null, host),
    redisOptions: {
      ...connection,
      ...behaviour,
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password !== '' && { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' && { tls: {} }),
    },
  });
  return cluster as unknown as Redis; // the same commands and events, and whatever it lacks nobody here uses
}

/** An outage is two lines, its start and its end, however often the client tries. */
function logChanges(redis: Redis, name: string, log: QueueLog): void {
  let isAway = false;
  const away = (fields: { err?: Error }) => {
    if (!isAway) log.warn({ connection: name, ...fields }, 'redis.away');
    isAway = true;
  };
  redis.on('error', (err) => away({ err }));
  redis.on('close', () => {
    const wasAsked = redis.status === 'end';
    if (!wasAsked) away({});
  });
  redis.on('ready', () => {
    if (isAway) log.info({ connection: name }, 'redis.back');
    isAway = false;
  });
}

function parseAddress(url: string): URL {
  const address = URL.parse(url);
  if (address?.protocol === 'redis:' || address?.protocol === 'rediss:') return address;
  throw new Error('The address of Redis must begin with redis:// or rediss:// (TLS).');
}
