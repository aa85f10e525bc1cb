import { type Database, readBacklog } from '@evidence-fleet/db';
import { type Producer, type QueueDepth, type QueueName, queueNames } from '@evidence-fleet/queue';

/** What the whole fleet has before it. */
export interface FleetBacklog {
  readonly queues: readonly (Pick<QueueDepth, 'queue' | 'waiting' | 'active'> & {
    /** How long what waits longest has been due, whether or not a job stands for it; 0: nothing waits. Seconds. */
    readonly oldest: number;
  })[];
  /** Integrations; 5,001: more than 5,000. */
  readonly quarantined: number;
  readonly openBreakers: number;
}

/** One look at both stores. */
export async function lookAtBacklog(
  { database, producer }: { database: Database; producer: Producer },
  now: () => Date = () => new Date(),
): Promise<FleetBacklog> {
  const [{ ages: due, ...aside }, depths] = await Promise.all([readBacklog(database), producer.depths()]);
  const ages = new Map<QueueName, number>(queueNames.map((queue) => [queue, 0] as const));
  for (const { queue, seconds } of due) ages.set(queue, seconds);
  const queues = depths.map(({ queue, waiting, active, oldestAt }) => {
    const inRedis = oldestAt === null ? 0 : (now().getTime() - oldestAt.getTime()) / 1_000;
    return { queue, waiting, active, oldest: Math.max(ages.get(queue) ?? 0, inRedis) };
  });
  return { ...aside, queues };
}
