import {
  cancelRun,
  listRuns,
  type Redriven,
  type RunSummary,
  redriveAll,
  redriveRun,
  type ShownRun,
  showRun,
  transitions,
} from '@evidence-fleet/db';
import { Command, Option } from 'commander';
import { requireVariable } from '../env.ts';
import { examples } from '../examples.ts';
import { CliError, exitCodes, notFound, usageError } from '../exit-codes.ts';
import { type Fleet, integrationFilter, parseCount, requireId, withFleet } from '../fleet.ts';
import { durationOf, printFields, printJson, printLine, printTable, stateOf, timeOf } from '../output.ts';
import { ringDoorbell } from '../ring-doorbell.ts';

const runStates = Object.keys(transitions);

export function runsCommand(): Command {
  const runs = new Command('runs')
    .description('what syncs did')
    .addHelpText('after', examples('fleet runs list', 'fleet runs list --quarantined', `fleet runs show ${exampleId}`));
  runs
    .command('list')
    .description('the latest runs')
    .option('--integration <name>', 'of one integration only')
    .addOption(new Option('--state <state>', 'only runs in this state').choices(runStates))
    .option('--quarantined', 'only runs that ended their workers and put their integration aside')
    .option('--limit <count>', 'at most so many', parseCount, 20)
    .addHelpText(
      'after',
      examples(
        'fleet runs list',
        'fleet runs list --integration github --state partial',
        'fleet runs list --quarantined',
      ),
    )
    .action((options: ListOptions, command: Command) => withFleet(command, (fleet) => list(fleet, options)));
  runs
    .command('show')
    .description('one run: its streams, attempts, gaps and provider calls')
    .argument('<run>', 'id')
    .addHelpText('after', examples(`fleet runs show ${exampleId}`))
    .action((id: string, _options: object, command: Command) => withFleet(command, (fleet) => show(fleet, id)));
  runs
    .command('cancel')
    .description('end a run; what it has stored stays')
    .argument('<run>', 'id')
    .addHelpText('after', examples(`fleet runs cancel ${exampleId}`))
    .action((id: string, _options: object, command: Command) => withFleet(command, (fleet) => cancel(fleet, id)));
  runs
    .command('redrive')
    .description('let a quarantined integration go on: a new run reads what the one that ended its workers was to read')
    .argument('[run]', 'id of the quarantined run')
    .option('--all', 'every quarantined run of the organization')
    .addHelpText('after', examples(`fleet runs redrive ${exampleId}`, 'fleet runs redrive --all'))
    .action((id: string | undefined, options: { all?: boolean }, command: Command) =>
      withFleet(command, (fleet) => redrive(fleet, id, options)),
    );
  return runs;
}

const exampleId = '0198c5a2-7c1e-7d2f-8a33-0b9d5e6f7a81';

interface ListOptions {
  readonly integration?: string;
  readonly state?: RunSummary['state'];
  readonly quarantined?: boolean;
  readonly limit: number;
}

async function list(fleet: Fleet, { integration, state, quarantined = false, limit }: ListOptions): Promise<void> {
  const of = await integrationFilter(fleet, integration);
  const runs = await listRuns(fleet.database, {
    organizationId: fleet.organization.id,
    ...{ quarantined, limit, ...of, ...(state === undefined ? {} : { state }) },
  });
  if (fleet.json) return printJson(runs);
  if (quarantined && runs.length === 0) return printLine('No run is quarantined.');
  if (state !== undefined && runs.length === 0) return printLine(`No run is ${state}.`);
  if (runs.length === 0) return printLine('No run yet. Ask for one: fleet sync <integration> --wait');
  printTable(
    ['run', 'integration', 'trigger', 'state', 'requested', 'took', 'seen', 'new', 'changed', 'retired', 'gaps'],
    runs.map((run) => [
      ...[run.id, run.integration, run.trigger, stateOf(run.state), timeOf(run.requestedAt), tookOf(run)],
      ...[run.seen, run.added, run.changed, run.retired, run.gaps],
    ]),
  );
}

async function show(fleet: Fleet, id: string): Promise<void> {
  const runId = requireId(id, 'a run');
  const run = await showRun(fleet.database, { organizationId: fleet.organization.id, runId });
  if (run === null) throw notFound(`There is no run ${runId} in ${fleet.organization.slug}.`);
  if (fleet.json) return printJson(run);
  if (run.followUpId !== null) printLine(`Run ${run.followUpId} begins when this one ends:\n`);
  printRun(run);
}

function printRun(run: ShownRun): void {
  printFields({
    ...{ run: run.id, integration: run.integration, state: stateOf(run.state), trigger: run.trigger },
    ...{ types: run.types.join(', ') || null, requested: timeOf(run.requestedAt), started: timeOf(run.startedAt) },
    ...{
      finished: timeOf(run.finishedAt),
      took: tookOf(run),
      error: run.errorMessage && `${run.errorCode}: ${run.errorMessage}`,
    },
    ...{ 'goes on': run.state === 'waiting' ? timeOf(run.availableAt) : null },
    ...{ attempts: describeAttempts(run) },
  });
  section(
    'Streams',
    ['type', 'slice', 'status', 'seen', 'new', 'changed', 'retired', 'gaps', 'error'],
    run.streamRuns.map((stream) => [
      ...[
        stream.type,
        stream.slice,
        stateOf(stream.status),
        seenOf(stream),
        stream.added,
        stream.changed,
        stream.retired,
      ],
      ...[stream.gaps, stream.errorMessage],
    ]),
  );
  section(
    'Gaps',
    ['gap', 'type', 'scope', 'reason', 'detail'],
    run.gapsMet.map((gap) => [gap.id, gap.type, gap.scope, gap.reason, gap.detail]),
  );
  section(
    'Provider calls',
    ['operation', 'calls', 'retries', 'throttled', 'failed', 'KB', 'waited for quota'],
    run.calls.map((call) => [
      ...[call.operation, call.calls, call.retries, call.throttled, call.failed, Math.round(call.responseBytes / 1024)],
      durationOf(call.waitedMs),
    ]),
  );
}

function section(title: string, head: string[], rows: (string | number | null)[][]): void {
  if (rows.length === 0) return;
  printLine(`\n${title}`);
  printTable(head, rows);
}

function describeAttempts({ attemptLog, crashCount }: ShownRun): string {
  const ends = attemptLog.map(({ worker, endedAs }) => `${worker} (${endedAs ?? 'at work'})`);
  return `${ends.join(', ') || 'none yet'}${crashCount > 0 ? `; ${crashCount} crashes` : ''}`;
}

function seenOf({ seen, expected }: { seen: number; expected: number | null }): string {
  return expected === null ? String(seen) : `${seen} of ${expected}`;
}

function tookOf({ startedAt, finishedAt }: { startedAt: Date | null; finishedAt: Date | null }): string | null {
  return startedAt && durationOf((finishedAt ?? new Date()).getTime() - startedAt.getTime());
}

async function cancel(fleet: Fleet, id: string): Promise<void> {
  const runId = requireId(id, 'a run');
  const run = await showRun(fleet.database, { organizationId: fleet.organization.id, runId });
  if (run === null) throw notFound(`There is no run ${runId} in ${fleet.organization.slug}.`);
  if (run.followUpId !== null) {
    throw new CliError(
      exitCodes.failed,
      `Run ${runId} has not begun; it follows ${run.id}. Cancel it when that one has ended.`,
    );
  }
  const outcome = await cancelRun(fleet.database, { organizationId: fleet.organization.id, runId });
  if (outcome === 'ended') throw new CliError(exitCodes.failed, `Run ${runId} has ended already (${run.state}).`);
  if (fleet.json) printJson({ runId, outcome });
  else printLine(outcome === 'cancelled' ? 'Cancelled.' : 'Its worker ends it within seconds.');
}

async function redrive(fleet: Fleet, id: string | undefined, { all = false }: { all?: boolean }): Promise<void> {
  if ((id === undefined) !== all) throw usageError('Name one run, or say --all.');
  const redis = requireVariable(fleet.env, 'REDIS_URL');
  const redriven =
    id === undefined ? await redriveAll(fleet.database, fleet.organization.id) : await redriveOne(fleet, id);
  for (const one of redriven) await ringDoorbell(redis, one);
  if (fleet.json) {
    const shown = redriven.map(({ redrives, runId, integrationId, integration }) => ({
      redrives,
      runId,
      integrationId,
      integration,
    }));
    return printJson(shown);
  }
  if (redriven.length === 0) return printLine('Nothing to redrive: no integration is quarantined by it.');
  for (const { integration, runId } of redriven)
    printLine(`${integration} goes on. Follow its run: fleet runs show ${runId}`);
}

async function redriveOne(fleet: Fleet, id: string): Promise<Redriven[]> {
  const runId = requireId(id, 'a run');
  const run = { organizationId: fleet.organization.id, runId };
  const redriven = await redriveRun(fleet.database, run);
  if (redriven !== null) return [redriven];
  if ((await showRun(fleet.database, run)) === null)
    throw notFound(`There is no run ${runId} in ${fleet.organization.slug}.`);
  return [];
}
