import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { heapFlags, sleep } from '@evidence-fleet/service';
import { inheritedEnv } from './env.ts';

export interface FleetProcessOptions {
  /** Stands before each line of its log, e.g. `worker-1`. */
  readonly name: string;
  /** Beside this package. */
  readonly app: 'worker' | 'scheduler' | 'api';
  readonly variables: Readonly<Record<string, string>>;
  print(line: string): void;
}

/** A process of the fleet that is started again when it ends before it is told to. */
export interface FleetProcess {
  /** SIGTERM, then waits for its end. */
  close(): Promise<void>;
}

const restartMs = 1_000;
/** What every process of the fleet logs once it is ready. */
const readyEvent = '"msg":"service.started"';

/** @throws when the process ends before it is ready; why stands in its log */
export async function startFleetProcess(options: FleetProcessOptions): Promise<FleetProcess> {
  const stopping = new AbortController();
  let child = launch(options);
  if ((await Promise.race([child.ready, child.ended])) !== 'ready')
    throw new Error(`${options.name} did not start; its log says why`);
  const watched = watch();

  async function watch(): Promise<void> {
    for (;;) {
      const code = await child.ended;
      if (stopping.signal.aborted) return;
      options.print(`${options.name} ended (${code}) and is started again`);
      await sleep(restartMs, stopping.signal).catch(() => undefined); // told to stop meanwhile
      if (stopping.signal.aborted) return;
      child = launch(options);
    }
  }

  return {
    async close() {
      stopping.abort();
      child.stop();
      await watched;
    },
  };
}

interface Launched {
  readonly ready: Promise<'ready'>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  stop(): void;
}

function launch({ name, app, variables, print }: FleetProcessOptions): Launched {
  const main = fileURLToPath(new URL(`../../${app}/src/main.ts`, import.meta.url));
  const child = spawn(process.execPath, [...heapFlags, main], {
    env: { ...inheritedEnv(), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ready = Promise.withResolvers<'ready'>();
  for (const line of lines(child)) {
    line.on('line', (text: string) => {
      if (text.includes(readyEvent)) ready.resolve('ready');
      print(`${name.padEnd(9)} | ${text}`);
    });
  }
  const ended = once(child, 'exit').then(([code, signal]) => String(code ?? signal));
  return { ready: ready.promise, ended, stop: () => void child.kill('SIGTERM') };
}

function lines(child: ChildProcess) {
  return [child.stdout, child.stderr].flatMap((input) => (input === null ? [] : createInterface({ input })));
}
