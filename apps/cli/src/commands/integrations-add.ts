import { confirm, isCancel } from '@clack/prompts';
import { type Connector, ConnectorError } from '@evidence-fleet/connector-sdk';
import { connectors, trustPolicyDocument } from '@evidence-fleet/connectors';
import {
  addIntegration,
  findIntegration,
  nextSyncAt,
  readOrganizationKey,
  type Schedule,
  uuid,
} from '@evidence-fleet/db';
import { Command } from 'commander';
import type { CheckedCredential, CredentialCheck } from '../check-credential.ts';
import { CliError, exitCodes, notFound, usageError } from '../exit-codes.ts';
import { type Fleet, withFleet } from '../fleet.ts';
import { openVault } from '../open-vault.ts';
import { note, printJson, printLine } from '../output.ts';
import { type CredentialSource, readCredentials } from '../read-credentials.ts';
import { readSchedule, type ScheduleOptions } from '../schedule-option.ts';
import { readSettings } from '../settings.ts';

interface AddOptions extends CredentialSource, ScheduleOptions {
  readonly name?: string;
  readonly auth?: string;
  readonly setting: readonly string[];
  readonly endpoint?: string;
  readonly test: boolean;
}

export function integrationsAddCommand(): Command {
  return new Command('add')
    .description('connect a provider account: settings are checked, the credential is tested, sealed and stored')
    .argument('<connector>', 'see `fleet connectors list`')
    .option('--name <name>', 'what people call it (default: the connector)')
    .option('--auth <kind>', "the kind of credential (default: the connector's first)")
    .option('--setting <key=value>', 'a setting; JSON or text, lists by commas or repetition', collect, [])
    .option('--credentials-file <path>', 'the credential, as JSON')
    .option(
      '--credentials-stdin',
      'the credential from standard input: JSON, or the bare value where there is one field',
    )
    .option('--schedule <interval>', 'sync every so often: 90m, 6h, 1d')
    .option('--cron <pattern>', 'sync by a cron pattern of five fields')
    .option('--zone <zone>', 'the IANA time zone of --cron (default: UTC)')
    .option(
      '--endpoint <url>',
      "the provider's address where it is not the public one; private ones need FLEET_ALLOW_PRIVATE",
    )
    .option('--no-test', 'store without asking the provider; test later with `fleet integrations test`')
    .addHelpText('after', examples)
    .action((id: string, options: AddOptions, command: Command) =>
      withFleet(command, (fleet) => add(fleet, id, options)),
    );
}

const examples = `
Examples:
  fleet integrations add github --setting organizations=acme,acme-labs
  fleet integrations add github --setting organizations=acme --credentials-stdin < token.txt
  fleet integrations add aws --auth role --setting roleArn=arn:aws:iam::123456789012:role/EvidenceFleet --cron "0 3 * * *" --zone Europe/Berlin`;

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

async function add(fleet: Fleet, connectorId: string, options: AddOptions): Promise<void> {
  const { database, organization, env } = fleet;
  const connector = connectors.get(connectorId);
  if (connector === undefined) {
    throw notFound(`There is no connector "${connectorId}". There are: ${[...connectors.keys()].join(', ')}.`);
  }
  const name = await requireFreeName(fleet, options.name ?? connector.id);
  const kind = options.auth ?? Object.keys(connector.auth)[0] ?? '';
  const settings = readSettings(connector, options.setting);
  const schedule = readSchedule(connector, options);
  const endpoint = readEndpoint(options.endpoint);
  const vault = openVault(env);
  const secrets = await readCredentials(connector, kind, options);

  const id = uuid();
  showNextSteps(connector, settings);
  const checked = options.test
    ? await test(fleet, {
        connector,
        settings,
        credentials: { ...secrets, kind },
        endpoint,
        integrationId: id,
        quotaScope: null,
      })
    : null;
  const address = { organizationId: organization.id, integrationId: id, credentialId: uuid(), version: 1 };
  const sealed = await vault.seal(
    await readOrganizationKey(database, organization.id),
    address,
    checked?.renewed ?? secrets,
  );
  await addIntegration(database, {
    ...{ organizationId: organization.id, id, connector: connector.id, name, settings, endpoint, ...schedule },
    account: checked && { ...checked.account, quotaScope: checked.quotaScope, grants: checked.grants },
    credential: { ...sealed, kind },
    nextSyncAt: firstSync(id, schedule, checked !== null),
  });
  report(fleet, { id, name, checked });
}

/** A tested integration is due at once; an untested one at its regular time, so that it can be tested before. */
function firstSync(integrationId: string, schedule: Schedule, isTested: boolean): Date {
  return isTested ? new Date() : nextSyncAt({ ...schedule, integrationId }, new Date());
}

async function requireFreeName({ database, organization }: Fleet, name: string): Promise<string> {
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,62}$/u.test(name)) {
    throw usageError('A name is 1 to 63 letters, digits, spaces, dots, dashes or underscores.');
  }
  if ((await findIntegration(database, organization.id, name)) !== null) {
    throw new CliError(
      exitCodes.failed,
      `There is an integration "${name}" already. Give this one another name with --name.`,
    );
  }
  return name;
}

function readEndpoint(text: string | undefined): string | null {
  if (text === undefined) return null;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || `${url.username}${url.password}` !== '') {
    throw usageError('--endpoint is an http or https address without user and password.');
  }
  return text.replace(/\/+$/, '');
}

/** What must be done at the provider before the credential can work; on standard error, beside what programs read. */
function showNextSteps(connector: Connector, settings: Record<string, unknown>): void {
  if (connector.id !== 'aws' || typeof settings.externalId !== 'string' || settings.roleArn === undefined) return;
  const policy = trustPolicyDocument({
    principalArn: '<the ARN of the user or role whose keys you give>',
    externalId: settings.externalId,
  });
  note(`The role ${String(settings.roleArn)} has to trust this integration. Its trust policy:`);
  note(JSON.stringify(policy, null, 2));
  note('What it must be allowed to read: fleet connectors show aws --policy');
}

async function test(fleet: Fleet, check: CredentialCheck): Promise<CheckedCredential> {
  await waitForTrust(check.settings);
  const { checkCredential } = await import('../check-credential.ts');
  try {
    return await checkCredential(fleet, check);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const later =
      'Nothing was stored. Give the right one to the same command; to set things up at the provider first, store it with --no-test and test it later.';
    throw new CliError(exitCodes.failed, `The credential did not pass: ${error.message} ${later}`, { cause: error });
  }
}

/** The external id is new: no trust policy can hold it yet. */
async function waitForTrust(settings: Record<string, unknown>): Promise<void> {
  if (settings.roleArn === undefined || !process.stdin.isTTY) return;
  const answer = await confirm({ message: 'Is the trust policy in place?', output: process.stderr });
  if (isCancel(answer) || !answer)
    throw new CliError(exitCodes.failed, 'Nothing was stored. Use --no-test to store it first.');
}

function report(
  { json }: Fleet,
  { id, name, checked }: { id: string; name: string; checked: CheckedCredential | null },
): void {
  if (json) printJson({ id, name, account: checked?.account ?? null, grants: checked?.grants ?? [] });
  else if (checked === null) printLine(`Stored ${name}, untested. Next: fleet integrations test ${name}`);
  else printLine(`Added ${name}: ${checked.account.title} (${checked.account.id}). Next: fleet sync ${name} --wait`);
}
