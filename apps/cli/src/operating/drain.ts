import type { QueueName, QueueReader } from '@evidence-fleet/queue';
import { sleep } from '@evidence-fleet/service';

export interface DrainOptions {
  readonly queues: readonly QueueName[];
  /** Workers may still take jobs for as long: they look at what is set every 2 s. */
  readonly settleMs: number;
  readonly timeoutMs: number;
  /** Hears how many jobs are still in hand, whenever that has changed. */
  onChange(left: number): void;
}

const lookEveryMs = 250;

/**
 * Waits until no job of paused queues is in a worker's hands.
 * @returns how many still are when the time is over; 0: drained
 * @throws QueueUnavailableError
 */
export async function drained(reader: QueueReader, options: DrainOptions): Promise<number> {
  const { queues, settleMs, timeoutMs, onChange } = options;
  const begun = performance.now();
  let told: number | undefined;
  for (;;) {
    const states = await reader.read();
    const left = states.filter(({ name }) => queues.includes(name)).reduce((sum, { active }) => sum + active, 0);
    if (left !== told) onChange(left);
    told = left;
    const elapsedMs = performance.now() - begun;
    if ((left === 0 && elapsedMs >= settleMs) || elapsedMs >= timeoutMs) return left;
    await sleep(lookEveryMs);
  }
}
