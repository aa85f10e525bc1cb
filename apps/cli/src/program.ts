import { Command } from 'commander';
import { connectorsCommand } from './commands/connectors.ts';
import { controlsCommand } from './commands/controls.ts';
import { evidenceCommand } from './commands/evidence.ts';
import { gapsCommand } from './commands/gaps.ts';
import { integrationsCommand } from './commands/integrations.ts';
import { keysCommand } from './commands/keys.ts';
import { migrateCommand } from './commands/migrate.ts';
import { organizationsCommand } from './commands/organizations.ts';
import { runsCommand } from './commands/runs.ts';
import { syncCommand } from './commands/sync.ts';
import { upCommand } from './commands/up.ts';
import { exitCodes } from './exit-codes.ts';
import { refuseSecrets } from './refuse-secrets.ts';
import { reportError } from './report-error.ts';

/**
 * Runs one command line.
 * @param args without `node` and the script
 * @returns the exit code; every error has been told on standard error
 */
export async function run(args: readonly string[]): Promise<number> {
  process.stdout.on('error', ignoreGone);
  process.stderr.on('error', ignoreGone);
  try {
    refuseSecrets(args);
    await createProgram().parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? exitCodes.ok);
  } catch (error) {
    return reportError(error, args.includes('--debug'));
  }
}

/** The reader (`head`) has seen enough, or the terminal was closed: what is under way still ends in order. */
function ignoreGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
}

function createProgram(): Command {
  const program = new Command('fleet')
    .description(
      'Collects compliance evidence from the systems a company runs, keeps it with history, and judges controls by it.',
    )
    .option('--org <slug>', 'the organization (default: FLEET_ORGANIZATION)')
    .option('--json', 'print JSON for programs')
    .option('--debug', 'print what went wrong in full')
    .addHelpText('after', afterHelp);
  const commands = [
    ...[upCommand(), organizationsCommand(), connectorsCommand(), integrationsCommand(), syncCommand(), runsCommand()],
    ...[evidenceCommand(), gapsCommand(), controlsCommand(), keysCommand(), migrateCommand()],
  ];
  for (const command of commands) program.addCommand(command);
  return inheritSettings(program);
}

const afterHelp = `
Examples:
  fleet up                                              everything on this machine, data in ./.fleet
  fleet integrations add github --setting organizations=acme
  fleet sync github --wait
  fleet controls
  fleet evidence export --as-of 2026-03-14 > evidence.jsonl

Environment: DATABASE_URL, KEYS_DATABASE_URL, MIGRATOR_DATABASE_URL, REDIS_URL, FLEET_KEYRING (or <NAME>_FILE), FLEET_ORGANIZATION,
FLEET_ALLOW_PRIVATE. Where no address is set, those of the \`fleet up\` that runs in FLEET_HOME (default ./.fleet) are taken.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found; sync --wait: 4 partial, 5 failed, 6 cancelled.`;

/** Commands made by themselves, and added, inherit nothing. */
function inheritSettings(command: Command): Command {
  command.exitOverride().showHelpAfterError('(--help shows how it is used)');
  command.commands.forEach(inheritSettings);
  return command;
}
