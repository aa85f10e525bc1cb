import { createDatabase, rewrapOrganizationKeys } from '@evidence-fleet/db';
import { createVault, generateKey, VaultError } from '@evidence-fleet/vault';
import { Command } from 'commander';
import { readEnv, requireVariable } from '../env.ts';
import { examples } from '../examples.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { openKeys } from '../open-vault.ts';
import { note, printJson, printLine } from '../output.ts';

export function keysCommand(): Command {
  const keys = new Command('keys')
    .description('the key-encryption keys that everything sealed hangs on')
    .addHelpText('after', examples('fleet keys generate --id k2 > new-key', 'fleet keys rotate'));
  keys
    .command('generate')
    .description('print one new keyring entry; it is stored nowhere')
    .option('--id <id>', 'its id (default: from the date)')
    .addHelpText(
      'after',
      '\nPut it into FLEET_KEYRING (entries are separated by commas or white space, the first one wraps; see `fleet keys rotate --help`).\n' +
        examples('fleet keys generate', 'fleet keys generate --id k2 > new-key'),
    )
    .action(({ id }: { id?: string }) => printLine(generateKey(id ?? `key-${new Date().toISOString().slice(0, 10)}`)));
  keys
    .command('rotate')
    .description("wrap every organization's key anew that is not under the keyring's first key")
    .addHelpText(
      'after',
      `
Workers go on meanwhile, and an interrupted rotation is taken up by running it again. In this order:
  1. fleet keys generate; put the new key behind the present one in the keyring, everywhere, and restart the workers
  2. put the new key first, and restart again: keys are wrapped anew as they are used
  3. fleet keys rotate wraps the rest
  4. remove the old key from the keyring
${examples('fleet keys rotate', 'fleet keys rotate --json')}`,
    )
    .action((_options: object, command: Command) => rotate(Boolean(command.optsWithGlobals().json)));
  return keys;
}

async function rotate(json: boolean): Promise<void> {
  const env = readEnv();
  const provider = openKeys(env);
  const vault = createVault(provider);
  const database = createDatabase({
    url: requireVariable(env, 'KEYS_DATABASE_URL'),
    poolSize: 1,
    applicationName: 'fleet keys rotate',
  });
  const refused: { organizationId: string; reason: string }[] = [];
  let done = { rewrapped: 0, seen: 0 };
  try {
    const progress = rewrapOrganizationKeys(database, async (key) => {
      try {
        return await vault.rewrap(key);
      } catch (error) {
        if (!(error instanceof VaultError)) throw error;
        refused.push({ organizationId: key.organizationId, reason: error.message });
        return null;
      }
    });
    for await (done of progress) note(`${done.seen} looked at, ${done.rewrapped} wrapped anew`);
  } finally {
    await database.close();
  }
  if (json) printJson({ primaryKeyId: provider.primaryKeyId, ...done, refused });
  for (const { organizationId, reason } of refused) note(`Organization ${organizationId}: ${reason}`);
  if (refused.length > 0) {
    throw new CliError(
      exitCodes.failed,
      `${refused.length} organizations' keys were not wrapped anew. Keep the old keys, and run it again.`,
    );
  }
  if (!json)
    printLine(
      `All ${done.seen} organizations' keys are under "${provider.primaryKeyId}"; ${done.rewrapped} were wrapped anew.`,
    );
}
