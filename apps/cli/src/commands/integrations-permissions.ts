import { connectors } from '@evidence-fleet/connectors';
import { exportEvidence, type Integration, listGaps, recentManifests } from '@evidence-fleet/db';
import { Command } from 'commander';
import { CliError, exitCodes } from '../exit-codes.ts';
import { type Fleet, parseCount, requireIntegration, withFleet } from '../fleet.ts';
import { colours, printJson, printLine, printTable, timeOf } from '../output.ts';
import { judgePermissions, type PermissionReport, type PermissionUse } from '../permissions/judge-permissions.ts';
import type { CredentialView, Excess } from '../permissions/vocabulary.ts';
import { vocabularyOf } from '../permissions/vocabulary-of.ts';

export function integrationsPermissionsCommand(): Command {
  return new Command('permissions')
    .description('what its runs really used of what was granted: used, unused, missing, and far too much')
    .argument('<integration>', 'name or id')
    .option('--runs <count>', 'by so many of its latest runs', parseCount, 20)
    .addHelpText(
      'after',
      `
Used is what the manifests of its runs say; missing is what is not granted, or what an open gap names. Far too much is told as far as the
provider tells what was granted; for AWS by the evidence aws.iam_role and aws.iam_policy of the account.

Examples:
  fleet integrations permissions github
  fleet integrations permissions aws --runs 1 --json | jq '.permissions[] | select(.state == "missing")'`,
    )
    .action((name: string, { runs }: { runs: number }, command: Command) =>
      withFleet(command, (fleet) => permissions(fleet, name, runs)),
    );
}

/** More refusals than this say nothing new. */
const gapsRead = 1_000;

async function permissions(fleet: Fleet, name: string, runs: number): Promise<void> {
  const integration = await requireIntegration(fleet, name);
  const connector = connectors.get(integration.connector);
  if (connector === undefined)
    throw new CliError(exitCodes.failed, `This release has no connector "${integration.connector}".`);
  const of = { organizationId: fleet.organization.id, integrationId: integration.id };
  const manifests = await recentManifests(fleet.database, { ...of, runs });
  const denied = await listGaps(fleet.database, { ...of, reason: 'permission_denied', limit: gapsRead });
  const vocabulary = vocabularyOf(connector.id, viewOf(fleet, integration));
  const report = judgePermissions({
    ...{ connector, vocabulary, denied },
    manifests: manifests.map(({ manifest }) => manifest),
  });
  const excess = await vocabulary.excess();
  const seen = { runs: manifests.length, since: manifests.at(-1)?.finishedAt ?? null };
  if (fleet.json) {
    const { grants } = integration;
    return printJson({ integration: integration.name, ...seen, grants, ...report, excess, notes: vocabulary.notes });
  }
  printReport(integration, seen, report);
  printExcess(excess);
  for (const line of vocabulary.notes) printLine(`\n${line}`);
}

function viewOf({ database }: Fleet, { organizationId, id, grants }: Integration): CredentialView {
  return {
    grants,
    async *evidence(type) {
      const rows = exportEvidence(database, { organizationId, integrationId: id, types: [type] });
      for await (const { material } of rows) yield material;
    },
  };
}

function printReport(
  { name, grants }: Integration,
  { runs, since }: { readonly runs: number; readonly since: Date | null },
  { permissions: uses, refused }: PermissionReport,
): void {
  printLine(`${colours.bold(name)}, granted: ${grants.join(', ') || 'nothing that the provider tells'}`);
  printLine(
    runs === 0
      ? 'None of its runs has ended yet, so nothing was used: fleet sync it first.\n'
      : `By its last ${runs} ended ${runs === 1 ? 'run' : 'runs'}, since ${timeOf(since)}.\n`,
  );
  printTable(
    ['permission', 'state', 'calls', 'needed by', 'note'],
    uses.map((use) => [use.permission, painted(use.state), use.calls, use.types.join(', ') || null, use.note]),
  );
  if (refused.length === 0) return;
  printLine('\nRefused');
  printTable(
    ['type', 'gaps', 'what to do'],
    refused.map(({ type, gaps, detail }) => [type, gaps, detail]),
  );
}

function painted(state: PermissionUse['state']): string {
  return { used: colours.green, unused: colours.yellow, missing: colours.red }[state](state);
}

function printExcess(excess: readonly Excess[] | null): void {
  if (excess === null) {
    printLine('\nWhether far too much is granted is not known.');
  } else if (excess.length > 0) {
    printLine(`\n${colours.red('Far too much')}`);
    printTable(
      ['granted', 'why', 'what to do'],
      excess.map(({ grant, why, todo }) => [grant, why, todo]),
    );
  }
}
