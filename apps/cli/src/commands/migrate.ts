import { bootstrapRoles, migrate } from '@evidence-fleet/db';
import { Command } from 'commander';
import { type CliEnv, readEnv, requireVariable } from '../env.ts';
import { examples } from '../examples.ts';
import { printJson, printLine } from '../output.ts';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the database up to date (MIGRATOR_DATABASE_URL)')
    .option('--bootstrap', 'before that, make the roles and set their passwords')
    .addHelpText(
      'after',
      `
With --bootstrap: ADMIN_DATABASE_URL (a superuser), FLEET_MIGRATOR_PASSWORD, FLEET_APP_PASSWORD, FLEET_SCHEDULER_PASSWORD and
FLEET_KEYS_PASSWORD, each also as <NAME>_FILE. Safe to run again, at every deployment.
${examples('fleet migrate', 'fleet migrate --bootstrap')}`,
    )
    .action(async ({ bootstrap = false }: { bootstrap?: boolean }, command: Command) => {
      const env = readEnv();
      if (bootstrap) await makeRoles(env);
      const applied = await migrate(bootstrap ? migratorUrl(env) : requireVariable(env, 'MIGRATOR_DATABASE_URL'));
      if (command.optsWithGlobals().json) return printJson({ applied });
      printLine(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`);
    });
}

async function makeRoles(env: CliEnv): Promise<void> {
  await bootstrapRoles(requireVariable(env, 'ADMIN_DATABASE_URL'), {
    migrator: requireVariable(env, 'FLEET_MIGRATOR_PASSWORD'),
    app: requireVariable(env, 'FLEET_APP_PASSWORD'),
    scheduler: requireVariable(env, 'FLEET_SCHEDULER_PASSWORD'),
    keys: requireVariable(env, 'FLEET_KEYS_PASSWORD'),
  });
}

/** Without an address of its own, the migrator logs in where the superuser did. */
function migratorUrl(env: CliEnv): string {
  if (env.MIGRATOR_DATABASE_URL !== undefined) return env.MIGRATOR_DATABASE_URL;
  const url = new URL(requireVariable(env, 'ADMIN_DATABASE_URL'));
  url.username = 'fleet_migrator';
  url.password = encodeURIComponent(requireVariable(env, 'FLEET_MIGRATOR_PASSWORD'));
  return url.href;
}
