import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { heapFlags } from '@evidence-fleet/service';
import { freePort } from './free-port.ts';
import { within } from './until.ts';

/** A process of the fleet, as an orchestrator would run it. */
export interface FleetProcess {
  readonly name: string;
  readonly pid: number;
  /** Address of /live, /ready and /metrics. */
  readonly healthUrl: string;
  /** Everything it wrote to its standard output and error, one JSON line each, from the start. */
  readonly log: readonly string[];
  /** Resolves when a line of the log, past or future, holds this event name; rejects when the process ends without one. */
  logged(event: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** The exit code, or the signal that ended it; its log is whole then. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** SIGTERM, then waits for the end; SIGKILL when that does not come within 20 s. */
  close(): Promise<void>;
}

/** What every process of one fleet shares. */
export interface FleetEnvironment {
  readonly appUrl: string;
  readonly schedulerUrl: string;
  readonly redisUrl: string;
  readonly keyring: string;
  /** Where the simulators listen: `host:port`, or hosts and ranges. */
  readonly allowPrivate: readonly string[];
}

const mainOf = {
  worker: '../../../apps/worker/src/main.ts',
  scheduler: '../../../apps/scheduler/src/main.ts',
  api: '../../../apps/api/src/main.ts',
};

export type FleetProcessKind = keyof typeof mainOf;

const readyWithinMs = 30_000;
const closedWithinMs = 20_000;

/** Starts one process of the fleet and waits until it is ready. */
export async function startFleetProcess(
  kind: FleetProcessKind,
  fleet: FleetEnvironment,
  env: Readonly<Record<string, string>> = {},
): Promise<FleetProcess> {
  return untilReady(await spawnFleetProcess(kind, fleet, env));
}

/** Starts one that is not ready yet: whoever must end it whatever comes has it from the first moment. */
export async function spawnFleetProcess(
  kind: FleetProcessKind,
  fleet: FleetEnvironment,
  env: Readonly<Record<string, string>> = {},
): Promise<FleetProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, [...heapFlags, fileURLToPath(new URL(mainOf[kind], import.meta.url))], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Nothing of the surroundings: a process of the fleet gets what it is told.
    env: {
      PATH: '/usr/bin:/bin',
      DATABASE_URL: fleet.appUrl,
      SCHEDULER_DATABASE_URL: fleet.schedulerUrl,
      REDIS_URL: fleet.redisUrl,
      FLEET_KEYRING: fleet.keyring,
      FLEET_ALLOW_PRIVATE: fleet.allowPrivate.join(','),
      HEALTH_PORT: String(port),
      ...env,
    },
  });
  return follow(child, `${kind}-${child.pid}`, `http://127.0.0.1:${port}`);
}

/** The process itself, once it is ready; killed when that takes too long. */
export async function untilReady(started: FleetProcess): Promise<FleetProcess> {
  try {
    await within(readyWithinMs, `${started.name} getting ready`, started.logged('service.started'));
  } catch (error) {
    started.kill('SIGKILL');
    throw error;
  }
  return started;
}

interface Waiting {
  readonly event: string;
  readonly resolve: () => void;
}

function follow(child: ChildProcess, name: string, healthUrl: string): FleetProcess {
  const log: string[] = [];
  const waiting = new Set<Waiting>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      log.push(line);
      for (const one of waiting) if (says(line, one.event)) one.resolve();
    });
  }
  // `close`, not `exit`: what the process wrote last has been read by then.
  const ended = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals); // one of them is set
  async function logged(event: string): Promise<void> {
    if (log.some((line) => says(line, event))) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const one = { event, resolve };
    waiting.add(one);
    const over = ended.then((code) => {
      if (!log.some((line) => says(line, event)))
        throw new Error(`${name} ended (${code}) before it said ${event}:\n${log.slice(-20).join('\n')}`);
    });
    await Promise.race([promise, over]).finally(() => waiting.delete(one));
  }
  return {
    name,
    pid: child.pid ?? 0,
    healthUrl,
    log,
    ended,
    logged,
    kill: (signal) => void child.kill(signal),
    async close() {
      child.kill('SIGTERM');
      const deadline = setTimeout(() => child.kill('SIGKILL'), closedWithinMs);
      await ended;
      clearTimeout(deadline);
    },
  };
}

function says(line: string, event: string): boolean {
  return line.includes(`"msg":"${event}"`);
}
