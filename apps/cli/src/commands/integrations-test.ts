import { ConnectorError } from '@evidence-fleet/connector-sdk';
import { connectors } from '@evidence-fleet/connectors';
import {
  type Integration,
  readOrganizationKey,
  readSealedCredential,
  recordHealth,
  replaceCredential,
  uuid,
} from '@evidence-fleet/db';
import { createVault, type OrganizationKey, parseKeyring, type Vault } from '@evidence-fleet/vault';
import { Command } from 'commander';
import type { CheckedCredential } from '../check-credential.ts';
import { requireVariable } from '../env.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { type Fleet, requireIntegration, withFleet } from '../fleet.ts';
import { printJson, printLine } from '../output.ts';

export function integrationsTestCommand(): Command {
  return new Command('test')
    .description('ask the provider whether the stored credential works, and for which account')
    .argument('<integration>', 'name or id')
    .action((name: string, _options: object, command: Command) => withFleet(command, (fleet) => test(fleet, name)));
}

async function test(fleet: Fleet, name: string): Promise<void> {
  const integration = await requireIntegration(fleet, name);
  const vault = createVault(parseKeyring(requireVariable(fleet.env, 'FLEET_KEYRING')));
  const key = await readOrganizationKey(fleet.database, fleet.organization.id);
  const checked = await check(fleet, integration, await openCredential(fleet, vault, key, integration));
  if (checked.renewed !== undefined) await storeRenewed(fleet, vault, key, integration, checked.renewed);
  if (integration.accountId !== null && integration.accountId !== checked.account.id) {
    throw new CliError(
      exitCodes.failed,
      `The credential works, but for ${checked.account.title} (${checked.account.id}); ${integration.name} belongs to ${integration.accountTitle ?? 'another account'} (${integration.accountId}). Add an integration of its own for the other account.`,
    );
  }
  const { account, grants, quotaScope } = checked;
  await recordHealth(
    fleet.database,
    { organizationId: fleet.organization.id, integrationId: integration.id },
    { status: 'ok', account, grants, quotaScope },
  );
  if (fleet.json) return printJson({ id: integration.id, name: integration.name, account, grants, quotaScope });
  const paused = integration.status === 'paused' ? ' It is paused.' : '';
  printLine(
    `${integration.name} works: ${account.title} (${account.id}), ${grants.join(', ') || 'no grants told'}.${paused}`,
  );
}

type Opened = { readonly kind: string; readonly [field: string]: unknown };

async function openCredential(
  { database }: Fleet,
  vault: Vault,
  key: OrganizationKey,
  integration: Integration,
): Promise<Opened> {
  const sealed = await readSealedCredential(database, integration);
  if (sealed === null)
    throw new CliError(exitCodes.failed, `${integration.name} has no credential. Remove it and add it again.`);
  const opened = await vault.open(key, sealed, {
    organizationId: integration.organizationId,
    integrationId: integration.id,
    credentialId: sealed.credentialId,
    version: integration.credentialVersion,
  });
  return { ...(opened.reveal() as Record<string, unknown>), kind: sealed.kind }; // the connector's schema parsed it before it was sealed
}

async function check(fleet: Fleet, integration: Integration, credentials: Opened): Promise<CheckedCredential> {
  const { id: integrationId, settings, endpoint, quotaScope } = integration;
  const connector = connectors.get(integration.connector);
  if (connector === undefined)
    throw new CliError(exitCodes.failed, `This release has no connector "${integration.connector}".`);
  const { checkCredential } = await import('../check-credential.ts');
  try {
    return await checkCredential(
      fleet.env,
      { connector, settings, credentials, endpoint, integrationId, quotaScope },
      fleet.debug,
    );
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    throw new CliError(exitCodes.failed, `${integration.name} does not work (${error.code}): ${error.message}`, {
      cause: error,
    });
  }
}

async function storeRenewed(
  fleet: Fleet,
  vault: Vault,
  key: OrganizationKey,
  integration: Integration,
  renewed: unknown,
): Promise<void> {
  const { organizationId, id: integrationId, credentialVersion } = integration;
  const address = { organizationId, integrationId, credentialId: uuid(), version: credentialVersion + 1 };
  const before = await readSealedCredential(fleet.database, integration);
  const kind = before?.kind ?? '';
  if (!(await replaceCredential(fleet.database, { ...(await vault.seal(key, address, renewed)), kind }))) {
    throw new CliError(exitCodes.failed, 'Another process renewed the credential meanwhile. Run the test again.');
  }
}
