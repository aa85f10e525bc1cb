import { changeFleetSettings, readFleetSettings } from '@evidence-fleet/db';
import type { QueueName } from '@evidence-fleet/queue';
import { Argument, Command } from 'commander';
import { actor } from '../actor.ts';
import { requireVariable } from '../env.ts';
import { examples } from '../examples.ts';
import { CliError, exitCodes, usageError } from '../exit-codes.ts';
import { parseCount } from '../fleet.ts';
import { queues, type WholeFleet, withWholeFleet } from '../operating/whole-fleet.ts';
import { colours, note, printJson, printLine, printTable, timeOf } from '../output.ts';
import { queuesBoardCommand } from './queues-board.ts';

interface Which {
  readonly all?: boolean;
}

export function queuesCommand(): Command {
  const group = new Command('queues')
    .description(
      'what jobs wait in, of all organizations: scheduled syncs, syncs on demand, health checks, notifications',
    )
    .addHelpText('after', examples('fleet queues', 'fleet queues pause sync', 'fleet queues drain --all'));
  group
    .command('list', { isDefault: true })
    .description('what waits and what is at work, and which queues are paused')
    .addHelpText('after', examples('fleet queues list', 'fleet queues list --json'))
    .action((_options: object, command: Command) => withWholeFleet(command, list));
  whichOf(group.command('pause'))
    .description('let workers take no more jobs; those that run go on, and what waits stays')
    .addHelpText('after', examples('fleet queues pause sync', 'fleet queues pause --all'))
    .action((named: QueueName[], which: Which, command: Command) =>
      withWholeFleet(command, (fleet) => pause(fleet, chosen(named, which))),
    );
  whichOf(group.command('resume'))
    .description('let workers take jobs again')
    .addHelpText('after', examples('fleet queues resume sync', 'fleet queues resume --all'))
    .action((named: QueueName[], which: Which, command: Command) =>
      withWholeFleet(command, (fleet) => resume(fleet, chosen(named, which))),
    );
  whichOf(group.command('drain'))
    .description('pause, and wait until no worker has a job in hand')
    .option('--timeout <seconds>', 'how long to wait', parseCount, 600)
    .addHelpText(
      'after',
      `
The queues stay paused; \`fleet queues resume\` lets them go on. What waits is not thrown away. The exit code is 1 where jobs are still in hand
when the time is over.
${examples('fleet queues drain sync', 'fleet queues drain --all --timeout 120')}`,
    )
    .action((named: QueueName[], { timeout, ...which }: Which & { timeout: number }, command: Command) =>
      withWholeFleet(command, (fleet) => drain(fleet, chosen(named, which), timeout)),
    );
  return group.addCommand(queuesBoardCommand());
}

function whichOf(command: Command): Command {
  return command
    .addArgument(new Argument('[queue...]', 'which of them').choices(queues))
    .option('--all', 'every queue');
}

function chosen(named: readonly QueueName[], { all = false }: Which): readonly QueueName[] {
  if (all === named.length > 0) throw usageError(`Name queues (${queues.join(', ')}), or say --all.`);
  return all ? queues : queues.filter((queue) => named.includes(queue));
}

async function list({ database, env, json }: WholeFleet): Promise<void> {
  const { withQueues } = await import('../operating/with-queues.ts');
  const [settings, states] = await Promise.all([
    readFleetSettings(database),
    withQueues(requireVariable(env, 'REDIS_URL'), (reader) => reader.read()),
  ]);
  const rows = states.map(({ name, waiting, active, delayed }) => {
    const paused = settings.paused.get(name);
    const slots = settings.slots.get(name) ?? null;
    return { queue: name, waiting, active, delayed, pausedAt: paused?.at ?? null, pausedBy: paused?.by ?? null, slots };
  });
  if (json) return printJson(rows);
  printTable(
    ['queue', 'waiting', 'active', 'delayed', 'slots of each worker', 'state'],
    rows.map(({ pausedAt, pausedBy, ...row }) => [
      ...[row.queue, row.waiting, row.active, row.delayed, row.slots ?? 'by its environment'],
      pausedAt === null ? 'open' : colours.yellow(`paused since ${timeOf(pausedAt)} by ${pausedBy}`),
    ]),
  );
}

async function pause({ database, json }: WholeFleet, which: readonly QueueName[]): Promise<void> {
  await setPaused(database, which, true);
  if (json) return printJson({ paused: which });
  printLine(`Paused: ${which.join(', ')}. Workers follow within seconds; what runs goes on, what waits stays.`);
  printLine(`To go on: fleet queues resume ${which.length === queues.length ? '--all' : which.join(' ')}`);
}

async function resume({ database, json }: WholeFleet, which: readonly QueueName[]): Promise<void> {
  await setPaused(database, which, false);
  if (json) return printJson({ resumed: which });
  printLine(`Resumed: ${which.join(', ')}. Workers follow within seconds.`);
}

function setPaused(database: WholeFleet['database'], which: readonly QueueName[], isPaused: boolean): Promise<void> {
  const changes = which.map((queue) => ({ name: `paused.${queue}` as const, value: isPaused ? 1 : null }));
  return changeFleetSettings(database, changes, actor());
}

/** A worker looks at what is set every 2 s. */
const settleMs = 3_000;

async function drain(fleet: WholeFleet, which: readonly QueueName[], timeout: number): Promise<void> {
  const { database, env, json } = fleet;
  const redis = requireVariable(env, 'REDIS_URL');
  const { paused } = await readFleetSettings(database);
  await setPaused(database, which, true);
  const { withQueues } = await import('../operating/with-queues.ts');
  const { drained } = await import('../operating/drain.ts');
  const left = await withQueues(redis, (reader) =>
    drained(reader, {
      queues: which,
      settleMs: which.every((queue) => paused.has(queue)) ? 0 : settleMs,
      timeoutMs: timeout * 1_000,
      onChange: (count) => note(`${count} in hand`),
    }),
  );
  if (json) printJson({ paused: which, left });
  if (left > 0) {
    const todo = 'They go on. Wait for them with the same command, or see who has them: fleet workers';
    throw new CliError(exitCodes.failed, `${left} jobs were still in hand after ${timeout} s. ${todo}`);
  }
  if (!json) printLine(`Drained: ${which.join(', ')}. No worker has a job of them; they stay paused.`);
}
