import { Redis, type RedisOptions } from 'ioredis';

/** What the queues say: fields first, then a constant event name. pino's logger fits. */
export type QueueLog = Readonly<Record<'debug' | 'info' | 'warn' | 'error', (fields: object, event: string) => void>>;

export interface ConnectionOptions {
  /** redis:// or rediss:// (TLS), with user and password where Redis asks for them. Never logged. */
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
  requireRedisUrl(url);
  const redis = new Redis(url, {
    connectionName: name,
    connectTimeout: 5_000,
    keepAlive: 10_000,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), longestReconnectMs),
    // A replica after a failover: drop the connection and send the command again to whoever is the master now.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    ...behaviour,
  });
  logChanges(redis, name, log);
  return redis;
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

function requireRedisUrl(url: string): void {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol !== 'redis:' && protocol !== 'rediss:')
    throw new Error('The address of Redis must begin with redis:// or rediss:// (TLS).');
}
