import { createQueueReader, type QueueReader } from '@evidence-fleet/queue';
import { createLogger } from '@evidence-fleet/service';

/** Looks at the queues for the length of `work`. */
export async function withQueues<T>(redis: string, work: (reader: QueueReader) => Promise<T>): Promise<T> {
  const reader = createQueueReader({ redis, log: createLogger({ name: 'cli', level: 'silent' }) });
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}
