import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';

/** A process of the fleet, as an orchestrator would run it. */
export interface FleetProcess {
  readonly name: string;
  readonly pid: number;
  /** Address of /live, /ready and /metrics. */
  readonly healthUrl: string;
  /** Its log, one JSON line each, from the start. */
  readonly log: readonly string[];
  /** Resolves when a line of the log, past or future, holds this event name. */
  logged(event: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** SIGTERM, then waits for the end. */
  close(): Promise<void>;
}

/** What every process of one fleet shares. */
export interface FleetEnvironment {
  readonly appUrl: string;
  readonly schedulerUrl: string;
  readonly redisUrl: string;
  readonly keyring: string;
  /** Where the simulators listen: `host:port`. */
  readonly allowPrivate: readonly string[];
}

const mainOf = { worker: '../../../apps/worker/src/main.ts', scheduler: '../../../apps/scheduler/src/main.ts' };

/** Starts one worker or scheduler as a process of its own and waits until it is ready. */
export async function startFleetProcess(
  kind: keyof typeof mainOf,
  fleet: FleetEnvironment,
  env: Readonly<Record<string, string>> = {},
): Promise<FleetProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, [fileURLToPath(new URL(mainOf[kind], import.meta.url))], {
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
  const started = follow(child, `${kind}-${child.pid}`, `http://127.0.0.1:${port}`);
  await Promise.race([started.logged('service.started'), started.ended.then((code) => refuse(started, code))]);
  return started;
}

function refuse(started: FleetProcess, code: number | string): never {
  throw new Error(`${started.name} ended (${code}) before it was ready:\n${started.log.slice(-20).join('\n')}`);
}

function follow(child: ChildProcess, name: string, healthUrl: string): FleetProcess {
  const log: string[] = [];
  const waiting = new Map<string, (() => void)[]>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      log.push(line);
      for (const [event, resolvers] of waiting)
        if (says(line, event)) for (const resolve of resolvers.splice(0)) resolve();
    });
  }
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals); // one of them is set
  return {
    name,
    pid: child.pid ?? 0,
    healthUrl,
    log,
    ended,
    logged: (event) =>
      new Promise((resolve) => {
        if (log.some((line) => says(line, event))) resolve();
        else waiting.set(event, [...(waiting.get(event) ?? []), resolve]);
      }),
    kill: (signal) => void child.kill(signal),
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function says(line: string, event: string): boolean {
  return line.includes(`"msg":"${event}"`);
}
