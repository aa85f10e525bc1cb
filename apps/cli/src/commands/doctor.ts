import { createScrubber } from '@evidence-fleet/service';
import { Command } from 'commander';
import type { Check } from '../doctor/check.ts';
import { type CliEnv, readEnv } from '../env.ts';
import { exitCodes } from '../exit-codes.ts';
import { colours, plain, printJson, printLine } from '../output.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('look at everything that a fleet needs, and say what to do about each thing that is wrong')
    .addHelpText(
      'after',
      `
Looked at: database (reachable, version, migrations, role, row security, connections, pooler, durability), Redis (reachable, version,
eviction, memory, persistence), keyring and the organization's key, clocks, and each integration of the organization. Nothing is changed, no
provider is called, no credential is opened.

The exit code is 0 where nothing failed (warnings do not count), 1 where something did.

Examples:
  fleet doctor
  fleet --org acme doctor
  fleet doctor --json | jq '.checks[] | select(.status != "ok")'`,
    )
    .action((_options: object, command: Command) => doctor(command));
}

async function doctor(command: Command): Promise<void> {
  const { org, json = false } = command.optsWithGlobals<{ org?: string; json?: boolean }>();
  const env = readEnv();
  const { examine } = await import('../doctor/examine.ts');
  const scrub = scrubberOf(env);
  const checks: Check[] = [];
  for await (const found of examine(env, org ?? env.FLEET_ORGANIZATION)) {
    const check = { ...found, finding: scrub(found.finding), todo: found.todo === null ? null : scrub(found.todo) };
    checks.push(check);
    if (!json) printCheck(check);
  }
  const counts = countsOf(checks);
  if (json) printJson({ status: worstOf(counts), ...counts, checks });
  else printLine(`\n${counts.ok} ok, ${counts.warn} to look at, ${counts.fail} failed.`);
  if (counts.fail > 0) process.exitCode = exitCodes.failed;
}

/** What a driver says of an error is not ours: no secret of the environment passes. */
function scrubberOf(env: CliEnv): (text: string) => string {
  const { DATABASE_URL, REDIS_URL, FLEET_KEYRING } = env;
  const passwords = [DATABASE_URL, REDIS_URL].map((url) => decodeURIComponent(URL.parse(url ?? '')?.password ?? ''));
  const scrubber = createScrubber();
  scrubber.protect([
    ...passwords,
    ...(FLEET_KEYRING?.split(/[\s,]+/).map((entry) => entry.replace(/^[^:]*:/, '')) ?? []),
  ]);
  return (text) => scrubber.scrub(text);
}

const nameWidth = 20;

/** One line a check, whatever the terminal's width: lines are for grep, too. */
function printCheck({ name, status, finding, todo }: Check): void {
  const paint = { ok: colours.green, warn: colours.yellow, fail: colours.red }[status];
  const said = todo === null ? finding : `${finding.replace(/[.!]$/, '')}. ${todo}`;
  printLine(`${paint(status.padEnd(4))}  ${plain(name).padEnd(nameWidth)}  ${plain(said).replaceAll('\n', ' ')}`);
}

function countsOf(checks: readonly Check[]): Record<Check['status'], number> {
  const count = (wanted: Check['status']) => checks.filter(({ status }) => status === wanted).length;
  return { ok: count('ok'), warn: count('warn'), fail: count('fail') };
}

function worstOf(counts: Record<Check['status'], number>): Check['status'] {
  return (['fail', 'warn'] as const).find((status) => counts[status] > 0) ?? 'ok';
}
