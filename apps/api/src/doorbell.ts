import type { Ring } from '@evidence-fleet/db';
import type { Producer } from '@evidence-fleet/queue';
import type { Logger } from '@evidence-fleet/service';

/** Rings for what stands in Postgres already. Nobody waits for it: where it fails, the scheduler finds the run and rings. */
export interface Doorbell {
  ring(bell: Ring): void;
  /** Waits for the bells that are being rung. */
  close(): Promise<void>;
}

/** Bells at most that wait for a Redis that does not answer; more are left to the scheduler. */
const mostWaiting = 5_000;

/** Requests that come together are rung for together. */
export function createDoorbell(tools: {
  readonly producer: Pick<Producer, 'ringSync'>;
  readonly log: Logger;
  onFailure(): void;
}): Doorbell {
  const { producer, log, onFailure } = tools;
  let gathered: Ring[] = [];
  let waiting = 0;
  const ringing = new Set<Promise<void>>();
  const flush = () => {
    const bells = gathered;
    gathered = [];
    const rung = ringAll(bells).finally(() => {
      waiting -= bells.length;
      ringing.delete(rung);
    });
    ringing.add(rung);
  };
  const ringAll = async (bells: readonly Ring[]) => {
    try {
      await producer.ringSync(bells.map((bell) => ({ ...bell, queue: 'sync-now' as const })));
    } catch (err) {
      onFailure();
      log.warn({ err, bells: bells.length }, 'api.ring_failed');
    }
  };
  return {
    ring(bell) {
      if (waiting >= mostWaiting) return onFailure();
      waiting += 1;
      if (gathered.length === 0) setImmediate(flush);
      gathered.push(bell);
    },
    async close() {
      if (gathered.length > 0) flush();
      await Promise.all(ringing);
    },
  };
}
