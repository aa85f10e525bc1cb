import { type Database, type FleetSettings, readFleetSettings } from '@evidence-fleet/db';
import type { Consumer, QueueName } from '@evidence-fleet/queue';
import { type Logger, sleep } from '@evidence-fleet/service';

/** What operators set while this worker runs, over its environment. */
export interface FollowedSettings {
  /** The share of every provider limit that may be used now. */
  quotaShare(): number;
  /** Reads them once; an outage is heard of in the log, and leaves what was known. */
  look(): Promise<void>;
  /** Tells the consumers what is known, and looks again every 2 s. Where nothing is known yet none takes a job: its queue may be paused. */
  begin(): void;
  close(): Promise<void>;
}

export interface FollowOptions {
  readonly database: Database;
  /** Those that are there when `begin` is called. */
  readonly consumers: readonly Consumer[];
  /** Jobs at once, and share, where nothing is set. */
  readonly slots: Readonly<Record<QueueName, number>>;
  readonly quotaShare: number;
  readonly log: Logger;
  readonly everyMs?: number;
}

const lookEveryMs = 2_000;

/** Postgres keeps them, so that they survive restarts, of Redis too; a worker that cannot reach it takes no jobs anyway. */
export function followSettings(options: FollowOptions): FollowedSettings {
  const { database, consumers, slots, log, everyMs = lookEveryMs } = options;
  const closing = new AbortController();
  let known: FleetSettings | null = null;
  let told = '';
  let loop = Promise.resolve();

  async function look(): Promise<void> {
    try {
      known = await readFleetSettings(database);
    } catch (err) {
      log[known === null ? 'warn' : 'debug']({ err }, 'settings.not_read');
      return;
    }
    tell(known);
  }

  /** A change is one line. */
  function tell({ paused, slots: set, quotaShare }: FleetSettings): void {
    const now = { paused: [...paused.keys()], slots: Object.fromEntries(set), quotaShare };
    if (told === JSON.stringify(now)) return;
    if (told !== '' || paused.size + set.size > 0 || quotaShare !== null) log.info(now, 'settings.changed');
    told = JSON.stringify(now);
  }

  function apply(): void {
    for (const consumer of consumers) {
      if (known === null || known.paused.has(consumer.queue)) void consumer.pause('operator');
      else consumer.resume('operator');
      consumer.setSlots(known?.slots.get(consumer.queue) ?? slots[consumer.queue]);
    }
  }

  return {
    quotaShare: () => known?.quotaShare ?? options.quotaShare,
    look,
    begin() {
      apply();
      loop = (async () => {
        while (!closing.signal.aborted) {
          await sleep(everyMs, closing.signal).catch(() => undefined); // closing wakes it up
          if (closing.signal.aborted) return;
          await look();
          if (!closing.signal.aborted) apply();
        }
      })();
    },
    async close() {
      closing.abort();
      await loop;
    },
  };
}
