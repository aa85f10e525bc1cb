import { createOrganization, type Database, findOrganization, type Organization, uuid } from '@evidence-fleet/db';
import type { Vault } from '@evidence-fleet/vault';
import { Command } from 'commander';
import { readEnv, requireVariable } from '../env.ts';
import { examples } from '../examples.ts';
import { CliError, exitCodes, usageError } from '../exit-codes.ts';
import { withDatabase } from '../fleet.ts';
import { openVault } from '../open-vault.ts';
import { printJson, printLine } from '../output.ts';

const slugPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

export function organizationsCommand(): Command {
  const organizations = new Command('organizations')
    .description('the tenants of the fleet')
    .addHelpText('after', examples('fleet organizations add acme --name "Acme Inc."'));
  organizations
    .command('add')
    .description('make an organization, with an encryption key of its own')
    .argument('<slug>', 'lower-case letters, digits and dashes')
    .option('--name <name>', 'what people call it (default: the slug)')
    .addHelpText('after', examples('fleet organizations add acme', 'fleet organizations add acme --name "Acme Inc."'))
    .action(async (slug: string, { name }: { name?: string }, command: Command) => {
      if (!slugPattern.test(slug)) {
        throw usageError(
          `"${slug}" is no slug: 1 to 63 lower-case letters, digits and dashes, beginning with a letter or digit.`,
        );
      }
      const env = readEnv();
      const vault = openVault(env);
      const made = await withDatabase(requireVariable(env, 'DATABASE_URL'), (database) =>
        addOrganization(database, vault, { slug, name: name ?? slug }),
      );
      if (command.optsWithGlobals().json) printJson(made);
      else printLine(`Made ${made.name}. Next: fleet --org ${made.slug} integrations add github`);
    });
  return organizations;
}

/** @throws CliError when the slug is taken */
export async function addOrganization(
  database: Database,
  vault: Vault,
  { slug, name }: { slug: string; name: string },
): Promise<Organization> {
  if ((await findOrganization(database, slug)) !== null) {
    throw new CliError(exitCodes.failed, `There is an organization "${slug}" already.`);
  }
  const organization = { id: uuid(), slug, name };
  const key = await vault.createOrganizationKey(organization.id);
  await createOrganization(database, organization, key);
  return organization;
}
