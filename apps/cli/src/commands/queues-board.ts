import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createLogger } from '@evidence-fleet/service';
import { Command } from 'commander';
import { readEnv, requireVariable } from '../env.ts';
import { examples } from '../examples.ts';
import { usageError } from '../exit-codes.ts';
import { note } from '../output.ts';

interface BoardOptions {
  readonly host: string;
  readonly port: number;
}

export function queuesBoardCommand(): Command {
  return new Command('board')
    .description('bull-board: a page that shows the queues and their jobs, of all organizations, and changes nothing')
    .option('--host <address>', 'where it listens', '127.0.0.1')
    .option('--port <port>', 'of which port; 0: any free one', parsePort, 9190)
    .addHelpText(
      'after',
      `
The password is FLEET_BOARD_TOKEN (or _FILE), at least 16 characters; where none is set one is made and shown once. Any user name does. Programs send
it as a bearer. Put TLS before it where others than this machine reach it. Ctrl-C ends it.
${examples('fleet queues board', 'fleet queues board --port 8080')}`,
    )
    .action((options: BoardOptions) => board(options));
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535 && text.trim() !== '') return port;
  throw usageError(`"${text}" is no port: 0 to 65535.`);
}

async function board({ host, port }: BoardOptions): Promise<void> {
  const env = readEnv();
  const token = env.FLEET_BOARD_TOKEN ?? randomBytes(24).toString('base64url');
  const { startBoard } = await import('@evidence-fleet/queue/board');
  const log = createLogger({ name: 'board', level: 'silent' });
  const started = await startBoard({ redis: requireVariable(env, 'REDIS_URL'), host, port, token, log });
  note(`${started.url} shows the queues${env.FLEET_BOARD_TOKEN === undefined ? `; the password is ${token}` : ''}`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await started.close();
}
