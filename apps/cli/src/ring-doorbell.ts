import type { Requested } from '@evidence-fleet/db';
import { createLogger } from '@evidence-fleet/service';
import { note } from './output.ts';

/** The request stands in Postgres already: without Redis it only starts later. */
export async function ringDoorbell(redis: string, { ring: bell }: Pick<Requested, 'ring'>): Promise<void> {
  if (bell === null) return;
  const { createProducer } = await import('@evidence-fleet/queue');
  const producer = createProducer({ redis, log: createLogger({ name: 'cli', level: 'silent' }) });
  try {
    await producer.ringSync([{ ...bell, queue: 'sync-now' }]);
  } catch (error) {
    note(
      `Redis does not answer; the sync is noted and starts when it is back. (${error instanceof Error ? error.message : 'unknown'})`,
    );
  } finally {
    await producer.close();
  }
}
