import { ConnectorError } from '@evidence-fleet/connector-sdk';
import { connectors } from '@evidence-fleet/connectors';
import {
  type Integration,
  readCredentialKind,
  readOrganizationKey,
  recordHealth,
  replaceCredential,
  uuid,
} from '@evidence-fleet/db';
import { Command } from 'commander';
import { actor } from '../actor.ts';
import type { CheckedCredential, CredentialCheck } from '../check-credential.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { type Fleet, requireIntegration, withFleet } from '../fleet.ts';
import { openVault } from '../open-vault.ts';
import { printJson, printLine } from '../output.ts';
import { type CredentialSource, readCredentials } from '../read-credentials.ts';

interface UpdateOptions extends CredentialSource {
  readonly auth?: string;
}

export function integrationsUpdateCredentialsCommand(): Command {
  return new Command('update-credentials')
    .description('replace the credential: the new one is tested first, and the old one stays when it does not pass')
    .argument('<integration>', 'name or id')
    .option('--auth <kind>', 'the kind of credential (default: as before)')
    .option('--credentials-file <path>', 'the credential, as JSON')
    .option(
      '--credentials-stdin',
      'the credential from standard input: JSON, or the bare value where there is one field',
    )
    .addHelpText(
      'after',
      `
The old credential is destroyed here; revoke it at the provider. A sync that is running goes on with it until it ends.

Examples:
  fleet integrations update-credentials github
  fleet integrations update-credentials aws --credentials-file new-keys.json`,
    )
    .action((name: string, options: UpdateOptions, command: Command) =>
      withFleet(command, (fleet) => update(fleet, name, options)),
    );
}

async function update(fleet: Fleet, name: string, options: UpdateOptions): Promise<void> {
  const integration = await requireIntegration(fleet, name);
  const { database, organization, env, json } = fleet;
  const connector = connectors.get(integration.connector);
  if (connector === undefined)
    throw new CliError(exitCodes.failed, `This release has no connector "${integration.connector}".`);
  const kind =
    options.auth ?? (await readCredentialKind(database, integration)) ?? Object.keys(connector.auth)[0] ?? '';
  const vault = openVault(env);
  const key = await readOrganizationKey(database, organization.id);
  const secrets = await readCredentials(connector, kind, options);

  const { id: integrationId, settings, endpoint, quotaScope } = integration;
  const credentials = { ...secrets, kind };
  const checked = await test(fleet, { connector, settings, credentials, endpoint, integrationId, quotaScope });
  requireSameAccount(integration, checked);
  const address = {
    organizationId: organization.id,
    integrationId,
    credentialId: uuid(),
    version: integration.credentialVersion + 1,
  };
  const sealed = await vault.seal(key, address, checked.renewed ?? secrets);
  if (!(await replaceCredential(database, { ...sealed, kind }, { actor: actor(), action: 'credential.updated' })))
    throw new CliError(
      exitCodes.failed,
      'Somebody replaced the credential meanwhile. Nothing was stored; run it again.',
    );
  const { renewed: _, ...health } = checked;
  await recordHealth(database, { organizationId: organization.id, integrationId }, { status: 'ok', ...health });
  if (json)
    return printJson({ id: integrationId, name: integration.name, version: address.version, account: checked.account });
  printLine(
    `${integration.name} has a new credential for ${checked.account.title}. Revoke the old one at the provider.`,
  );
}

async function test(fleet: Fleet, check: CredentialCheck): Promise<CheckedCredential> {
  const { checkCredential } = await import('../check-credential.ts');
  try {
    return await checkCredential(fleet, check);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const message = `The new credential did not pass: ${error.message} The old one stays as it is.`;
    throw new CliError(exitCodes.failed, message, { cause: error });
  }
}

function requireSameAccount({ name, accountId, accountTitle }: Integration, { account }: CheckedCredential): void {
  if (accountId === null || accountId === account.id) return;
  throw new CliError(
    exitCodes.failed,
    `The new credential works, but for ${account.title} (${account.id}); ${name} belongs to ${accountTitle ?? 'another account'} (${accountId}). The old one stays as it is. Add an integration of its own for the other account.`,
  );
}
