import type { Fleet, FleetProcess } from '@evidence-fleet/testbed';

/**
 * Worker processes, as many as are asked for: started and told to stop as an orchestrator would. They start one after the other: side by side they
 * would take from those that run what, on nodes of their own, they would not. One that is let go before its turn is never started.
 */
export interface Crew {
  /** Those that take jobs, or soon will. */
  readonly size: number;
  /** Those that take jobs. */
  readonly ready: number;
  /** Seconds of all workers, from start to end, until now. */
  workerSeconds(): number;
  readonly starts: number;
  readonly largest: number;
  /** Starts workers, or lets the youngest go; waits for none of them. */
  resize(size: number): void;
  close(): Promise<void>;
}

interface Member {
  /** Null: it stands in line. */
  startedAt: number | null;
  endedAt: number | null;
  isReady: boolean;
  /** Null: it was let go before its turn came. */
  readonly process: Promise<FleetProcess | null>;
}

/** @throws from `close`, where a worker did not start, or ended otherwise than it was told to */
export function createCrew(fleet: Fleet, env: Readonly<Record<string, string>>): Crew {
  const all: Member[] = [];
  const failures: unknown[] = [];
  let present: Member[] = [];
  let largest = 0;
  let starting: Promise<unknown> = Promise.resolve();

  function hire(): Member {
    const process = starting.then(() => start(member));
    starting = process.catch((error: unknown) => failures.push(error));
    const member: Member = { startedAt: null, endedAt: null, isReady: false, process };
    all.push(member);
    return member;
  }

  async function start(member: Member): Promise<FleetProcess | null> {
    if (member.endedAt !== null) return null;
    member.startedAt = performance.now();
    const process = await fleet.start('worker', env);
    member.isReady = true;
    return process;
  }

  async function letGo(member: Member): Promise<void> {
    if (member.startedAt !== null) {
      const worker = await member.process.catch(() => null); // heard of above
      worker?.kill('SIGTERM');
      const code = await worker?.ended;
      if (code !== undefined && code !== 0) failures.push(new Error(`${worker?.name} ended with ${code}`));
    }
    member.endedAt = performance.now();
  }

  const leaving = new Set<Promise<void>>();
  const dismiss = (members: readonly Member[]) => {
    for (const member of members) {
      const left = letGo(member).finally(() => leaving.delete(left));
      leaving.add(left);
    }
  };
  return {
    get size() {
      return present.length;
    },
    get ready() {
      return present.filter(({ isReady }) => isReady).length;
    },
    get starts() {
      return all.filter(({ startedAt }) => startedAt !== null).length;
    },
    get largest() {
      return largest;
    },
    workerSeconds: () =>
      all.reduce((sum, { startedAt, endedAt }) => {
        const now = performance.now();
        return sum + (endedAt ?? now) - (startedAt ?? endedAt ?? now);
      }, 0) / 1_000,
    resize(size) {
      dismiss(present.slice(size));
      present = present.slice(0, size);
      while (present.length < size) present.push(hire());
      largest = Math.max(largest, present.length);
    },
    async close() {
      dismiss(present.splice(0));
      await Promise.all(leaving);
      if (failures.length > 0) throw new AggregateError(failures, 'Workers failed.');
    },
  };
}
