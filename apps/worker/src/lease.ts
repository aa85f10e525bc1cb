import { type ClaimedRun, type Database, heartbeat, leaseMs } from '@evidence-fleet/db';
import { type Logger, sleep } from '@evidence-fleet/service';

/** Why a run had to stop before its end. */
export class RunStopped extends Error {
  override readonly name = 'RunStopped';
  readonly reason: 'cancelled' | 'lost' | 'shutdown';
  constructor(reason: RunStopped['reason']) {
    super(`the run was stopped: ${reason}`);
    this.reason = reason;
  }
}

const heartbeatMs = 1_000;

export interface Lease {
  /** Aborts with RunStopped when the run is cancelled or this worker does not hold it any more. */
  readonly signal: AbortSignal;
  close(): Promise<void>;
}

/**
 * Keeps a claim alive and listens for cancellation. When the database has not answered for the length of a lease, the run is given up:
 * another worker may have it, and the fence would refuse every write.
 */
export function keepLease(database: Database, claimed: ClaimedRun, log: Logger): Lease {
  const stopped = new AbortController();
  const closing = new AbortController();
  let heldUntil = performance.now() + leaseMs;
  if (claimed.cancelRequested) stopped.abort(new RunStopped('cancelled'));

  async function beat(): Promise<void> {
    const sent = performance.now();
    try {
      const held = await heartbeat(database, claimed);
      if (held === null) return stopped.abort(new RunStopped('lost'));
      heldUntil = sent + leaseMs;
      if (held.cancelRequested) stopped.abort(new RunStopped('cancelled'));
    } catch (err) {
      log.warn({ err }, 'lease.heartbeat_failed');
      if (performance.now() > heldUntil) stopped.abort(new RunStopped('lost'));
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
    },
  };
}

/** A cancelled run is still held while it winds up; a lost one is not. */
function lost(signal: AbortSignal): boolean {
  return signal.aborted && signal.reason instanceof RunStopped && signal.reason.reason === 'lost';
}
