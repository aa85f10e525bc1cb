import { type Database, readBacklog } from '@evidence-fleet/db';
import { type Producer, type QueueName, queueNames } from '@evidence-fleet/queue';
import type { SchedulerMetrics } from './metrics.ts';

/**
 * Tells how much the fleet has before it, and for how long. What cannot be looked at is not told: a number that stands still is worse
 * than none.
 */
export async function tellBacklog(
  { database, producer, metrics }: { database: Database; producer: Producer; metrics: SchedulerMetrics },
  now: () => Date = () => new Date(),
): Promise<void> {
  try {
    const [backlog, depths] = await Promise.all([readBacklog(database), producer.depths()]);
    const ages = new Map<QueueName, number>(queueNames.map((queue) => [queue, 0] as const));
    for (const { queue, seconds } of backlog.ages) ages.set(queue, seconds);
    for (const { queue, waiting, active, oldestAt } of depths) {
      metrics.waiting.set({ queue }, waiting);
      metrics.active.set({ queue }, active);
      const inRedis = oldestAt === null ? 0 : (now().getTime() - oldestAt.getTime()) / 1_000;
      metrics.oldest.set({ queue }, Math.max(ages.get(queue) ?? 0, inRedis));
    }
    metrics.quarantined.set(backlog.quarantined);
    metrics.breakers.set(backlog.openBreakers);
  } catch (error) {
    for (const gauge of [metrics.waiting, metrics.active, metrics.oldest]) gauge.reset();
    for (const gauge of [metrics.quarantined, metrics.breakers]) gauge.remove();
    throw error;
  }
}
