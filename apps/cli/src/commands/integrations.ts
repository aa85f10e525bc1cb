import { listIntegrations, pauseIntegration, removeIntegration, resumeIntegration } from '@evidence-fleet/db';
import { Command } from 'commander';
import { examples } from '../examples.ts';
import { usageError } from '../exit-codes.ts';
import { type Fleet, requireIntegration, withFleet } from '../fleet.ts';
import { printFields, printJson, printLine, printTable, stateOf, timeOf } from '../output.ts';
import { describeSchedule } from '../schedule-option.ts';
import { integrationsAccessesCommand } from './integrations-accesses.ts';
import { integrationsAddCommand } from './integrations-add.ts';
import { integrationsPermissionsCommand } from './integrations-permissions.ts';
import { integrationsTestCommand } from './integrations-test.ts';
import { integrationsUpdateCredentialsCommand } from './integrations-update-credentials.ts';

export function integrationsCommand(): Command {
  const integrations = new Command('integrations')
    .description("the organization's connections to providers")
    .addHelpText(
      'after',
      examples(
        'fleet integrations add github --setting organizations=acme',
        'fleet integrations list',
        'fleet integrations permissions github',
      ),
    );
  integrations.addCommand(integrationsAddCommand());
  integrations
    .command('list')
    .description('all integrations and their state')
    .addHelpText('after', examples('fleet integrations list', 'fleet integrations list --json'))
    .action((_options: object, command: Command) => withFleet(command, list));
  integrations
    .command('show')
    .description('one integration: settings, account, schedule, state')
    .argument('<integration>', 'name or id')
    .addHelpText('after', examples('fleet integrations show github', 'fleet integrations show "aws production" --json'))
    .action((name: string, _options: object, command: Command) => withFleet(command, (fleet) => show(fleet, name)));
  integrations.addCommand(integrationsTestCommand());
  integrations.addCommand(integrationsPermissionsCommand());
  integrations.addCommand(integrationsUpdateCredentialsCommand());
  integrations.addCommand(integrationsAccessesCommand());
  integrations
    .command('pause')
    .description('stop its syncs and health checks; its evidence stays, and ages')
    .argument('<integration>', 'name or id')
    .addHelpText('after', examples('fleet integrations pause github'))
    .action((name: string, _options: object, command: Command) =>
      withFleet(command, (fleet) => change(fleet, name, pauseIntegration, 'is paused')),
    );
  integrations
    .command('resume')
    .description('sync again; the next sync is due at once')
    .argument('<integration>', 'name or id')
    .addHelpText('after', examples('fleet integrations resume github'))
    .action((name: string, _options: object, command: Command) =>
      withFleet(command, (fleet) => change(fleet, name, resumeIntegration, 'goes on')),
    );
  integrations
    .command('remove')
    .description('destroy its credential; its evidence stays, ended as integration_removed')
    .argument('<integration>', 'name or id')
    .option('--yes', 'really')
    .addHelpText('after', examples('fleet integrations remove github --yes'))
    .action((name: string, { yes }: { yes?: boolean }, command: Command) => {
      if (!yes)
        throw usageError('This destroys the credential and ends the evidence of the integration. Say --yes to do it.');
      return withFleet(command, (fleet) =>
        change(fleet, name, removeIntegration, 'is removed, and its credential destroyed'),
      );
    });
  return integrations;
}

async function list({ database, organization, json }: Fleet): Promise<void> {
  const integrations = await listIntegrations(database, organization.id);
  if (json) return printJson(integrations);
  if (integrations.length === 0) return printLine('No integration yet. Add one: fleet integrations add github');
  printTable(
    ['name', 'connector', 'status', 'account', 'schedule', 'next sync'],
    integrations.map((one) => [
      one.name,
      one.connector,
      one.quarantinedRunId === null ? stateOf(one.status) : stateOf('quarantined'),
      one.accountTitle ?? one.accountId,
      describeSchedule(one),
      timeOf(one.nextSyncAt),
    ]),
  );
  for (const { name, statusReason, quarantinedRunId } of integrations) {
    if (statusReason !== null) printLine(`${name}: ${statusReason}`);
    if (quarantinedRunId !== null) printLine(`${name}: quarantined; see fleet runs list --quarantined`);
  }
}

async function show(fleet: Fleet, name: string): Promise<void> {
  const integration = await requireIntegration(fleet, name);
  if (fleet.json) return printJson(integration);
  printFields({
    ...{
      name: integration.name,
      id: integration.id,
      connector: integration.connector,
      status: stateOf(integration.status),
    },
    ...{ quarantined: integration.quarantinedRunId && `by run ${integration.quarantinedRunId}` },
    ...{ reason: integration.statusReason, account: integration.accountTitle, 'account id': integration.accountId },
    ...{
      'quota scope': integration.quotaScope,
      grants: integration.grants.join(', ') || null,
      endpoint: integration.endpoint,
    },
    ...{ schedule: describeSchedule(integration), 'next sync': timeOf(integration.nextSyncAt) },
    ...{
      'failing since': timeOf(integration.failingSince),
      'failed syncs': integration.syncFailures > 0 ? integration.syncFailures : null,
      'failing because': integration.failingReason,
      'next trial': timeOf(integration.breakerUntil),
    },
    ...{
      'source forgets at': integration.forgetsAt && `${timeOf(integration.forgetsAt)} (${integration.forgetsType})`,
    },
    ...{
      credential: `version ${integration.credentialVersion}`,
      'credential ends at': timeOf(integration.credentialExpiresAt),
    },
    ...{ added: timeOf(integration.createdAt) },
  });
  printLine();
  printTable(
    ['setting', 'value'],
    Object.entries(integration.settings).map(([field, value]) => [
      field,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}

async function change(fleet: Fleet, name: string, apply: typeof pauseIntegration, became: string): Promise<void> {
  const { id, name: known } = await requireIntegration(fleet, name);
  await apply(fleet.database, { organizationId: fleet.organization.id, integrationId: id });
  if (fleet.json) printJson({ id, name: known });
  else printLine(`${known} ${became}.`);
}
