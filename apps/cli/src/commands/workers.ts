import { changeFleetSettings } from '@evidence-fleet/db';
import type { QueueName } from '@evidence-fleet/queue';
import { Command, Option } from 'commander';
import { actor } from '../actor.ts';
import { requireVariable } from '../env.ts';
import { examples } from '../examples.ts';
import { usageError } from '../exit-codes.ts';
import { parseCount } from '../fleet.ts';
import type { WorkerAtWork } from '../operating/read-workers.ts';
import { queues, type WholeFleet, withWholeFleet } from '../operating/whole-fleet.ts';
import { colours, durationOf, printJson, printLine, printTable } from '../output.ts';

export function workersCommand(): Command {
  const group = new Command('workers')
    .description('the processes that take jobs, of all organizations')
    .addHelpText('after', examples('fleet workers', 'fleet workers set --slots 20'));
  group
    .command('list', { isDefault: true })
    .description('who runs what, since when')
    .addHelpText(
      'after',
      examples('fleet workers list', `fleet workers list --json | jq '.[] | select(.work == []) | .name'`),
    )
    .action((_options: object, command: Command) => withWholeFleet(command, list));
  group
    .command('set')
    .description('change how many jobs every worker does at once, while they run')
    .requiredOption('--slots <count>', 'jobs of the queue at once, 1 to 200', parseSlots)
    .addOption(queueOption().default('sync'))
    .addHelpText(
      'after',
      `
Workers follow within seconds, those that start later too, whatever their environment says. Where it is fewer than before, what runs goes on to its end.
${examples('fleet workers set --slots 20', 'fleet workers set --slots 2 --queue health')}`,
    )
    .action(({ slots, queue }: { slots: number; queue: QueueName }, command: Command) =>
      withWholeFleet(command, (fleet) => setSlots(fleet, queue, slots)),
    );
  group
    .command('reset')
    .description("let every worker's environment say again how many jobs it does at once")
    .addOption(queueOption())
    .addHelpText('after', examples('fleet workers reset', 'fleet workers reset --queue sync'))
    .action(({ queue }: { queue?: QueueName }, command: Command) =>
      withWholeFleet(command, (fleet) => reset(fleet, queue === undefined ? queues : [queue])),
    );
  return group;
}

function queueOption(): Option {
  return new Option('--queue <queue>', 'of which queue').choices(queues);
}

const mostSlots = 200;

function parseSlots(text: string): number {
  const slots = parseCount(text);
  if (slots > mostSlots) throw usageError(`A worker has at most ${mostSlots} slots of a queue; start more workers.`);
  return slots;
}

async function list({ database, env, json }: WholeFleet): Promise<void> {
  const { withQueues } = await import('../operating/with-queues.ts');
  const { readWorkers, workShown } = await import('../operating/read-workers.ts');
  const workers = await withQueues(requireVariable(env, 'REDIS_URL'), (reader) => readWorkers(database, reader));
  if (json) return printJson(workers);
  if (workers.length === 0) return printLine('None is to be seen.');
  const now = Date.now();
  printTable(
    ['worker', 'connected for', 'does', 'connector', 'run, integration or channel', 'organization', 'for'],
    workers.flatMap((worker) => rowsOf(worker, now)),
  );
  if (workers.some(({ work }) => work.length >= workShown))
    printLine(`Of each kind of work the first ${workShown} are shown.`);
}

function rowsOf({ name, connectedForMs, work }: WorkerAtWork, now: number): (string | null)[][] {
  const connected = connectedForMs === null ? colours.yellow('not connected') : durationOf(connectedForMs);
  if (work.length === 0) return [[name, connected, 'nothing', null, null, null, null]];
  return work.map(({ kind, connector, id, organizationId, since, isLapsed }, index) => [
    ...(index === 0 ? [name, connected] : ['', '']),
    isLapsed ? colours.red(`${kind}, lease is over`) : kind,
    ...[connector, id, organizationId, durationOf(now - since.getTime())],
  ]);
}

async function setSlots({ database, json }: WholeFleet, queue: QueueName, slots: number): Promise<void> {
  await changeFleetSettings(database, [{ name: `slots.${queue}`, value: slots }], actor());
  if (json) return printJson({ queue, slots });
  printLine(`Every worker does ${slots} jobs of ${queue} at once, within seconds.`);
}

async function reset({ database, json }: WholeFleet, which: readonly QueueName[]): Promise<void> {
  const changes = which.map((queue) => ({ name: `slots.${queue}` as const, value: null }));
  await changeFleetSettings(database, changes, actor());
  if (json) return printJson({ reset: which });
  printLine(`Every worker's environment says again how many jobs of ${which.join(', ')} it does at once.`);
}
