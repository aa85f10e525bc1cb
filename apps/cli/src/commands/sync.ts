import { connectors, resolveEvidence } from '@evidence-fleet/connectors';
import { type Integration, type Requested, requestSync, type ShownRun, showRun } from '@evidence-fleet/db';
import { sleep } from '@evidence-fleet/service';
import { Command } from 'commander';
import { requireVariable } from '../env.ts';
import { CliError, exitCodes, usageError } from '../exit-codes.ts';
import { type Fleet, requireIntegration, withFleet } from '../fleet.ts';
import { durationOf, printJson, printLine, stateOf } from '../output.ts';
import { createLiveView, rowsOfRun } from '../progress.ts';
import { ringDoorbell } from '../ring-doorbell.ts';
import { exitCodeOf } from '../run-states.ts';

interface SyncOptions {
  readonly types?: string;
  readonly wait?: boolean;
}

export function syncCommand(): Command {
  return new Command('sync')
    .description('read an integration now, ahead of its schedule')
    .argument('<integration>', 'name or id')
    .option('--types <types>', 'only these evidence types, separated by commas')
    .option('--wait', 'show its progress and wait for its end')
    .addHelpText(
      'after',
      `
With --wait the exit code tells how it ended: 0 succeeded, 4 partial (not everything could be read), 5 failed, 6 cancelled.

Examples:
  fleet sync github --wait
  fleet sync aws --types iam_user,iam_mfa_status --json`,
    )
    .action((name: string, options: SyncOptions, command: Command) =>
      withFleet(command, (fleet) => sync(fleet, name, options)),
    );
}

async function sync(fleet: Fleet, name: string, { types, wait }: SyncOptions): Promise<void> {
  const integration = await requireIntegration(fleet, name);
  const redis = requireVariable(fleet.env, 'REDIS_URL');
  const request = {
    organizationId: fleet.organization.id,
    integrationId: integration.id,
    types: readTypes(integration, types),
  };
  const requested = await requestSync(fleet.database, request);
  await ringDoorbell(redis, requested);
  if (!wait) return reportRequest(fleet, requested);
  const run = await follow(fleet, requested.runId);
  process.exitCode = exitCodeOf(run.state) ?? exitCodes.failed;
  if (fleet.json) return printJson(run);
  printLine();
  printLine(
    `${integration.name} ${stateOf(run.state)} in ${durationOf((run.finishedAt ?? new Date()).getTime() - run.requestedAt.getTime())}: ${run.seen} seen, ${run.added} new, ${run.changed} changed, ${run.retired} retired, ${run.gaps} gaps. Details: fleet runs show ${run.id}`,
  );
}

/** A type's name may be written without its connector, and an alias for it. */
function readTypes(integration: Integration, text: string | undefined): string[] {
  if (text === undefined) return [];
  const types = text.split(',').flatMap((part) => {
    const found = resolveEvidence(part.trim(), integration.connector);
    if (found.length > 0) return found;
    const known = connectors.get(integration.connector)?.streams.map(({ evidence }) => evidence.name) ?? [];
    throw usageError(`${integration.connector} has no evidence type "${part.trim()}". It has: ${known.join(', ')}.`);
  });
  return [...new Set(types)];
}

function reportRequest({ json }: Fleet, { runId, how }: Requested): void {
  const sentences = {
    created: 'A sync was asked for',
    joined: 'Joined a sync that has not begun yet',
    follow_up: 'A sync is under way; another follows when it ends',
  } as const;
  if (json) printJson({ runId, how });
  else printLine(`${sentences[how]}. Follow it: fleet runs show ${runId}`);
}

const pollMs = 500;
const patienceMs = 15_000;

/** Follows a run to its end; a follow-up is shown as the run it waits behind until it begins. */
async function follow({ database, organization }: Fleet, runId: string): Promise<ShownRun> {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort(new CliError(exitCodes.failed, goesOn(runId))));
  const view = createLiveView(process.stderr);
  const startedAt = Date.now();
  for (;;) {
    const run = await showRun(database, { organizationId: organization.id, runId });
    if (run === null)
      throw new CliError(exitCodes.failed, 'The sync was dropped: its integration was paused or removed.');
    const idle = run.state === 'queued' && Date.now() - startedAt > patienceMs;
    const rows = rowsOfRun(run);
    const [first, ...rest] = rows;
    view.show(idle && first ? [{ ...first, note: 'no worker has taken it yet' }, ...rest] : rows);
    const hasEnded = exitCodeOf(run.state) !== null;
    if (hasEnded && run.followUpId === null) return run;
    if (hasEnded && run.errorCode === 'crashed') throw new CliError(exitCodes.syncFailed, keptBehind(run));
    await sleep(pollMs, interrupted.signal);
  }
}

function keptBehind({ id }: ShownRun): string {
  return `The run before this one ended its workers and put the integration aside. The sync is kept: it begins with \`fleet runs redrive ${id}\`.`;
}

function goesOn(runId: string): string {
  return `The sync goes on. Follow it with \`fleet runs show ${runId}\`, end it with \`fleet runs cancel ${runId}\`.`;
}
