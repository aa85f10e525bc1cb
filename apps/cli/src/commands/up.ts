import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Command, Option } from 'commander';
import { fleetHome } from '../env.ts';
import { examples } from '../examples.ts';
import { usageError } from '../exit-codes.ts';
import { parseCount } from '../fleet.ts';
import { note, printLine } from '../output.ts';

interface UpOptions {
  readonly workers: number;
  readonly apiPort: number;
  readonly supervised?: boolean;
}

export function upCommand(): Command {
  return new Command('up')
    .description('run everything on this machine: PostgreSQL, Redis, the scheduler, workers and the API')
    .option('--workers <count>', 'worker processes', parseCount, 2)
    .option('--api-port <port>', 'where other services call, on this machine only; 0: any free port', parsePort, 9180)
    .addOption(new Option('--supervised').hideHelp())
    .addHelpText(
      'after',
      `
Data, passwords and the keyring are kept in FLEET_HOME (default ./.fleet), readable by you only; starting again goes on with them.
Ctrl-C or SIGTERM stops everything in order. Other fleet commands find the running fleet by themselves.
${examples('fleet up', 'fleet up --workers 4 --api-port 8080')}`,
    )
    .action((options: UpOptions) => (options.supervised ? runSupervised(options) : runInFront(options)));
}

/** For commander. */
function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw usageError(`"${text}" is no port: a whole number up to 65535.`);
}

/**
 * Ctrl-C reaches every process of the terminal's group at once, databases before their users. So all of the fleet lives in a group of
 * its own, under a supervisor that is told to stop over a channel; the channel breaks when this process is killed, which tells it too.
 */
async function runInFront({ workers, apiPort }: UpOptions): Promise<void> {
  const [main = '', ...args] = process.argv.slice(1);
  const child = spawn(
    process.execPath,
    [...process.execArgv, main, ...args, '--supervised', '--workers', String(workers), '--api-port', String(apiPort)],
    {
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (child.connected) child.disconnect();
      else note('Stopping; workers hand over what they are at.');
    });
  }
  const [code] = await once(child, 'exit');
  // killed or crashed itself, it could stop nothing
  if (code !== 0 && child.pid !== undefined) endGroup(child.pid);
  process.exitCode = typeof code === 'number' ? code : 1;
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM');
    note('The supervisor is gone; its processes were told to end.');
  } catch {
    // none of them is left
  }
}

async function runSupervised({ workers, apiPort }: UpOptions): Promise<void> {
  const { supervise } = await import('../supervise.ts');
  const stop = new AbortController();
  process.on('disconnect', () => stop.abort(new Error('The fleet was asked to stop.')));
  if (!process.connected) stop.abort(new Error('The fleet has nobody in front.'));
  try {
    await supervise({ home: fleetHome(), workers, apiPort, print: printLine, signal: stop.signal });
  } finally {
    if (process.connected) process.disconnect(); // the channel would keep this process alive
  }
}
