import type { FailingIntegration } from '@evidence-fleet/db';
import { colours, durationOf, linesOfFields, stateOf, tableOf, timeOf } from '../output.ts';
import type { FleetStatus, SeenWorker } from './read-status.ts';

const quotasShown = 10;
const failingShown = 20;

/** A status as lines of text. */
export function renderStatus(status: FleetStatus): string[] {
  const { queues, quota, failing } = status;
  return [
    `${colours.bold(status.organization)} at ${timeOf(status.at)}`,
    '',
    ...linesOfFields({
      workers: workersOf(status.workers, queues !== null),
      runs: runsOf(status),
      'last hour': Object.entries(status.lastHour)
        .map(([state, runs]) => `${counted(runs, status)} ${state}`)
        .join(', '),
      gaps: status.gaps.map(({ reason, open }) => `${counted(open, status)} ${reason}`).join(', ') || 'none open',
      failing: failing.length === 0 ? 'no integration' : null,
      ...(queues === null ? { queues: 'Redis does not answer: no provider is called; see `fleet doctor`' } : {}),
    }),
    ...section('Queues, of all organizations', queues ?? [], ['queue', 'waiting', 'active', 'delayed'], (queue) => [
      queue.isPaused ? colours.yellow(`${queue.name} (paused)`) : queue.name,
      ...[queue.waiting, queue.active, queue.delayed],
    ]),
    ...section(
      'Quota',
      quota?.slice(0, quotasShown) ?? [],
      ['connector', 'scope', 'limit', 'used', 'of', 'in', 'blocked for'],
      (one) => [
        ...[one.connector, one.scope, one.limit, one.used, one.budget, durationOf(one.windowMs)],
        one.blockedMs > 0 ? durationOf(one.blockedMs) : null,
      ],
    ),
    ...section('Failing integrations', failing.slice(0, failingShown), ['name', 'state', 'what is wrong'], (one) => [
      ...[one.name, stateOfFailing(one), sentenceOf(one)],
    ]),
    ...(failing.length > failingShown ? [`and more: \`fleet integrations list\` shows all`] : []),
  ];
}

function section<Row>(
  title: string,
  rows: readonly Row[],
  head: readonly string[],
  cells: (row: Row) => (string | number | null)[],
): string[] {
  return rows.length === 0 ? [] : ['', title, ...tableOf(head, rows.map(cells)).split('\n')];
}

function counted(count: number, { countedTo }: FleetStatus): string {
  return count >= countedTo ? `${count} or more` : String(count);
}

function workersOf(workers: readonly SeenWorker[], hasRedis: boolean): string {
  if (workers.length === 0)
    return hasRedis
      ? 'none is to be seen'
      : 'none holds a run; Redis, which knows those that are idle, does not answer';
  const shown = workers.map(({ name, runs, connected }) => {
    const doing = runs === 0 ? 'no run of this organization' : `${runs} ${runs === 1 ? 'run' : 'runs'}`;
    return `${name} (${doing}${connected === false ? ', not connected to Redis' : ''})`;
  });
  return `${workers.length}: ${shown.join(', ')}`;
}

function runsOf(status: FleetStatus): string {
  const { queued, running, waiting } = status.unfinished;
  const oldest =
    status.oldestQueuedAt === null
      ? ''
      : ` (the oldest for ${durationOf(status.at.getTime() - status.oldestQueuedAt.getTime())})`;
  return `${counted(queued, status)} queued${oldest}, ${counted(running, status)} running, ${counted(waiting, status)} waiting; ${counted(status.due, status)} due`;
}

function stateOfFailing({ status, quarantinedRunId, breakerUntil }: FailingIntegration): string {
  if (quarantinedRunId !== null) return stateOf('quarantined');
  return breakerUntil !== null && status === 'active' ? colours.yellow('held back') : stateOf(status);
}

function sentenceOf({
  statusReason,
  quarantinedRunId,
  breakerUntil,
  failingReason,
}: FailingIntegration): string | null {
  if (quarantinedRunId !== null)
    return `Run ${quarantinedRunId} ended its workers. When the cause is gone: fleet runs redrive ${quarantinedRunId}`;
  if (breakerUntil !== null)
    return `${failingReason ?? statusReason ?? 'Its provider is in trouble.'} Tried again at ${timeOf(breakerUntil)}.`;
  return statusReason;
}
