import { controls } from '@evidence-fleet/controls';
import { type ListedFinding, listFindings, listVerdicts } from '@evidence-fleet/db';
import { type JudgedControl, judgedControls } from '@evidence-fleet/presentation';
import { Command } from 'commander';
import { notFound } from '../exit-codes.ts';
import { type Fleet, parseCount, withFleet } from '../fleet.ts';
import { colours, printFields, printJson, printLine, printTable, stateOf, timeOf } from '../output.ts';

export function controlsCommand(): Command {
  return new Command('controls')
    .description('what the evidence says of each control')
    .option('--control <id>', 'one control, with every resource that fails or is unknown')
    .option('--limit <count>', 'at most so many resources', parseCount, 100)
    .addHelpText('after', '\nExamples:\n  fleet controls\n  fleet controls --control mfa-for-people')
    .action((options: { control?: string; limit: number }, command: Command) =>
      withFleet(command, (fleet) =>
        options.control === undefined ? list(fleet) : show(fleet, options.control, options.limit),
      ),
    );
}

async function list(fleet: Fleet): Promise<void> {
  const judged = judgedControls(await listVerdicts(fleet.database, fleet.organization.id));
  if (fleet.json) return printJson(judged.map(asJson));
  printTable(
    ['control', 'verdict', 'pass', 'fail', 'unknown', 'gaps', 'fresh until', 'satisfies'],
    judged.map(({ control, verdict, why }) => [
      ...[control.id, verdict === undefined ? 'not judged' : stateOf(verdict.status)],
      ...[why.counts.pass ?? 0, why.counts.fail ?? 0, why.counts.unknown ?? 0, why.openGaps],
      ...[verdict === undefined ? null : timeOf(verdict.freshUntil), control.satisfies.join(', ')],
    ]),
  );
}

async function show(fleet: Fleet, id: string, limit: number): Promise<void> {
  const judged = judgedControls(await listVerdicts(fleet.database, fleet.organization.id)).find(
    ({ control }) => control.id === id,
  );
  if (judged === undefined) {
    throw notFound(`There is no control "${id}". There are: ${controls.map((control) => control.id).join(', ')}.`);
  }
  const statuses = ['fail', 'unknown'] as const;
  const findings = await listFindings(fleet.database, {
    organizationId: fleet.organization.id,
    controlId: id,
    statuses,
    limit,
  });
  if (fleet.json) return printJson({ ...asJson(judged), findings });
  printControl(judged, findings);
}

function asJson({ control, verdict, why }: JudgedControl) {
  const { id, title, description, severity, satisfies, freshnessHours, remediation } = control;
  return {
    ...{ id, title, description, severity, satisfies, freshnessHours, remediation },
    status: verdict?.status ?? null,
    validFrom: verdict?.validFrom ?? null,
    freshUntil: verdict?.freshUntil ?? null,
    ...why,
  };
}

function printControl({ control, verdict, why }: JudgedControl, findings: readonly ListedFinding[]): void {
  printLine(`${colours.bold(control.title)}\n${control.description}\n`);
  const counts = Object.entries(why.counts).map(([status, count]) => `${count} ${status}`);
  printFields({
    ...{ control: control.id, severity: control.severity, satisfies: control.satisfies.join(', ') },
    verdict:
      verdict === undefined ? 'not judged: no integration that it concerns was synced yet' : stateOf(verdict.status),
    since: verdict === undefined ? null : timeOf(verdict.validFrom),
    'fresh until': verdict === undefined ? null : `${timeOf(verdict.freshUntil)}${why.stale ? ' (over)' : ''}`,
    resources: counts.join(', ') || null,
    'open gaps': why.openGaps || null,
    'not read in time': why.unread.join(', ') || null,
  });
  if (findings.length > 0) {
    printLine();
    printTable(
      ['status', 'resource', 'integration', 'since', 'reason'],
      findings.map((one) => [stateOf(one.status), one.resource, one.integration, timeOf(one.since), one.reason]),
    );
  }
  if (verdict?.status !== 'fail') return;
  printLine('\nWhat to do');
  for (const [connector, text] of Object.entries(control.remediation)) printLine(`  ${connector}: ${text}`);
}
