import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandLine {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
}

type RunOptions = Partial<Pick<CommandLine, 'env' | 'input'>>;

export const fleetMain = fileURLToPath(new URL('../main.ts', import.meta.url));

const commandLine = (args: readonly string[], { env = {}, input = '' }: RunOptions): CommandLine => ({
  args,
  env: { PATH: '/usr/bin:/bin', FLEET_HOME: join(tmpdir(), 'no-such-fleet'), ...env },
  input,
});

/** Runs `fleet` as its users do: a process of its own, not at a terminal, with these variables and no others. */
export async function runFleet(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { env, input } = commandLine(args, options);
  const child = spawn(process.execPath, ['--no-warnings', fleetMain, ...args], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined); // it may end without reading
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: child.exitCode, stdout, stderr };
}

/** `fleet` in a process that stays: for tests of what commands do, of which most would spend their time on starting it. */
export interface ResidentFleet {
  /** The same as `runFleet`, one at a time. */
  run(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** @throws when a command has left something open: on its own it would not have ended */
  close(): Promise<void>;
}

const endsWithinMs = 5_000;

export function startResidentFleet(): ResidentFleet {
  const child = fork(fileURLToPath(new URL('resident.ts', import.meta.url)), [], { execArgv: ['--no-warnings'] });
  const ended = once(child, 'exit').then(([code, signal]) => signal ?? code);
  let last: Promise<unknown> = Promise.resolve();
  async function runNext(args: readonly string[], options: RunOptions): Promise<Ran> {
    const answer = once(child, 'message');
    child.send(commandLine(args, options));
    const died = ended.then((how) => {
      throw new Error(`the process ended (${how}) during fleet ${args.join(' ')}`);
    });
    const [ran] = await Promise.race([answer, died]);
    return ran as Ran; // resident.ts sends nothing else
  }
  return {
    run(args, options = {}) {
      const ran = last.then(() => runNext(args, options));
      last = ran.catch(() => undefined);
      return ran;
    },
    async close() {
      if (child.connected) child.disconnect();
      const deadline = setTimeout(() => child.kill('SIGKILL'), endsWithinMs);
      const how = await ended;
      clearTimeout(deadline);
      if (how !== 0) throw new Error(`The resident fleet ended with ${how}: some command has left something open.`);
    },
  };
}
