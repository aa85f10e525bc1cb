import { Command } from 'commander';
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
    const program = await createProgram(args);
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? exitCodes.ok);
  } catch (error) {
    return reportError(error, args.includes('--debug'));
  }
}

/** The reader (`head`) has seen enough, or the terminal was closed: what is under way still ends in order. */
function ignoreGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
}

/** In the order of the help. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./commands/up.ts')).upCommand(),
  status: async () => (await import('./commands/status.ts')).statusCommand(),
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  queues: async () => (await import('./commands/queues.ts')).queuesCommand(),
  workers: async () => (await import('./commands/workers.ts')).workersCommand(),
  quota: async () => (await import('./commands/quota.ts')).quotaCommand(),
  organizations: async () => (await import('./commands/organizations.ts')).organizationsCommand(),
  connectors: async () => (await import('./commands/connectors.ts')).connectorsCommand(),
  integrations: async () => (await import('./commands/integrations.ts')).integrationsCommand(),
  sync: async () => (await import('./commands/sync.ts')).syncCommand(),
  runs: async () => (await import('./commands/runs.ts')).runsCommand(),
  evidence: async () => (await import('./commands/evidence.ts')).evidenceCommand(),
  gaps: async () => (await import('./commands/gaps.ts')).gapsCommand(),
  controls: async () => (await import('./commands/controls.ts')).controlsCommand(),
  people: async () => (await import('./commands/people.ts')).peopleCommand(),
  score: async () => (await import('./commands/score.ts')).scoreCommand(),
  report: async () => (await import('./commands/report.ts')).reportCommand(),
  notifications: async () => (await import('./commands/notifications.ts')).notificationsCommand(),
  tokens: async () => (await import('./commands/tokens.ts')).tokensCommand(),
  keys: async () => (await import('./commands/keys.ts')).keysCommand(),
  completion: async () => (await import('./commands/completion.ts')).completionCommand(() => createProgram([])),
  migrate: async () => (await import('./commands/migrate.ts')).migrateCommand(),
};

/** Loads the commands that the arguments may mean, for a quick start; all of them where they name none (help, a slip of the finger). */
export async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('fleet')
    .description(
      'Collects compliance evidence from the systems a company runs, keeps it with history, and judges controls by it.',
    )
    .option('--org <slug>', 'the organization (default: FLEET_ORGANIZATION)')
    .option('--json', 'print JSON for programs')
    .option('--debug', 'print what went wrong in full')
    .addHelpText('after', afterHelp);
  const named = Object.entries(commands).filter(([name]) => args.includes(name));
  const wanted = named.length > 0 && !args.includes('help') ? named : Object.entries(commands);
  for (const [, load] of wanted) program.addCommand(await load());
  return inheritSettings(program);
}

const afterHelp = `
Examples:
  fleet up                                              everything on this machine, data in ./.fleet
  fleet integrations add github --setting organizations=acme
  fleet sync github --wait
  fleet controls
  fleet evidence export --as-of 2026-03-14 > evidence.jsonl

Environment: DATABASE_URL, SCHEDULER_DATABASE_URL, KEYS_DATABASE_URL, MIGRATOR_DATABASE_URL, REDIS_URL, FLEET_KEYRING (or <NAME>_FILE),
FLEET_ORGANIZATION, FLEET_ALLOW_PRIVATE. Where no address is set, those of the \`fleet up\` that runs in FLEET_HOME (default ./.fleet) are taken.

Exit codes: 0 done, 1 failed (doctor: a check failed), 2 wrong usage, 3 not found; sync --wait: 4 partial, 5 failed, 6 cancelled.`;

/** Commands made by themselves, and added, inherit nothing. */
function inheritSettings(command: Command): Command {
  command.exitOverride().showHelpAfterError('(--help shows how it is used)');
  command.commands.forEach(inheritSettings);
  return command;
}
