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
import type { OrganizationKey, Vault } from '@evidence-fleet/vault';
import { Command } from 'commander';
import { actor } from '../actor.ts';
import type { CheckedCredential } from '../check-credential.ts';
import { examples } from '../examples.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { type Fleet, requireIntegration, withFleet } from '../fleet.ts';
import { openVault } from '../open-vault.ts';
import { printJson, printLine } from '../output.ts';

export function integrationsTestCommand(): Command {
  return new Command('test')
    .description('ask the provider whether the stored credential works, and for which account')
    .argument('<integration>', 'name or id')
    .addHelpText('after', examples('fleet integrations test github', 'fleet integrations test github --debug'))
    .action((name: string, _options: object, command: Command) => withFleet(command, (fleet) => test(fleet, name)));
}

async function test(fleet: Fleet, name: string): Promise<void> {
  const integration = await requireIntegration(fleet, name);
  const vault = openVault(fleet.env);
  const key = await readOrganizationKey(fleet.database, fleet.organization.id);
  const opened = await openCredential(fleet, vault, key, integration);
  const { renewed, ...checked } = await check(fleet, integration, opened);
  if (renewed !== undefined) await storeRenewed(fleet, vault, key, integration, { kind: opened.kind, renewed });
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
    { status: 'ok', ...checked },
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
  const sealed = await readSealedCredential(database, integration, actor());
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
    return await checkCredential(fleet, { connector, settings, credentials, endpoint, integrationId, quotaScope });
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
  { kind, renewed }: { kind: string; renewed: unknown },
): Promise<void> {
  const { organizationId, id: integrationId, credentialVersion } = integration;
  const address = { organizationId, integrationId, credentialId: uuid(), version: credentialVersion + 1 };
  const sealed = { ...(await vault.seal(key, address, renewed)), kind };
  if (!(await replaceCredential(fleet.database, sealed, { actor: actor(), action: 'credential.rotated' }))) {
    throw new CliError(exitCodes.failed, 'Another process renewed the credential meanwhile. Run the test again.');
  }
}
