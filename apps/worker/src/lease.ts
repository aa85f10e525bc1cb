import { type ClaimedRun, type Database, heartbeat, leaseMs } from '@evidence-fleet/db';
import { type Logger, sleep } from '@evidence-fleet/service';

/** Why a run had to stop before its end. */
export class RunStopped extends Error {
  override readonly name = 'RunStopped';
  /** lost: another worker has it. away: one of the fleet's own stores cannot be reached. */
  readonly reason: 'cancelled' | 'lost' | 'shutdown' | 'away';
  constructor(reason: RunStopped['reason']) {
    super(`the run was stopped: ${reason}`);
    this.reason = reason;
  }
}

const heartbeatMs = 1_000;

export interface Lease {
  /** Aborts with RunStopped when the run is cancelled, when this worker does not hold it any more, or when nobody can tell. */
  readonly signal: AbortSignal;
  close(): Promise<void>;
}

/**
 * Keeps a claim alive and listens for cancellation. When the database has not answered for the length of a lease, the run is given up,
 * whether or not a heartbeat has failed by then: another worker may have it, and the fence would refuse every write.
 */
export function keepLease(database: Database, claimed: ClaimedRun, log: Logger): Lease {
  const stopped = new AbortController();
  const closing = new AbortController();
  const giveUp = () => stopped.abort(new RunStopped('away'));
  let silence = setTimeout(giveUp, leaseMs);
  if (claimed.cancelRequested) stopped.abort(new RunStopped('cancelled'));

  async function beat(): Promise<void> {
    const sent = performance.now();
    try {
      const held = await heartbeat(database, claimed);
      if (held === null) return stopped.abort(new RunStopped('lost'));
      clearTimeout(silence);
      silence = setTimeout(giveUp, sent + leaseMs - performance.now());
      if (held.cancelRequested) stopped.abort(new RunStopped('cancelled'));
    } catch (err) {
      log.warn({ err }, 'lease.heartbeat_failed');
    }
  }

  const loop = (async () => {
    while (!closing.signal.aborted && !lost(stopped.signal)) {
      await sleep(heartbeatMs, closing.signal).catch(() => undefined); // closing wakes it up
      if (!closing.signal.aborted) await beat();
    }
  })();
  return {
    signal: stopped.signal,
    async close() {
      closing.abort();
      await loop;
      clearTimeout(silence);
    },
  };
}

/** A cancelled run is still held while it winds up, and one that nobody could be heard about may be; a lost one is not. */
function lost(signal: AbortSignal): boolean {
  return signal.aborted && signal.reason instanceof RunStopped && signal.reason.reason === 'lost';
}
