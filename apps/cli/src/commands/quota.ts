import { changeFleetSettings, readFleetSettings } from '@evidence-fleet/db';
import { Command } from 'commander';
import { actor } from '../actor.ts';
import { examples } from '../examples.ts';
import { usageError } from '../exit-codes.ts';
import { type WholeFleet, withWholeFleet } from '../operating/whole-fleet.ts';
import { printJson, printLine } from '../output.ts';

export function quotaCommand(): Command {
  const group = new Command('quota')
    .description('how much of what providers allow the fleet may use')
    .addHelpText('after', examples('fleet quota', 'fleet quota set --share 0.25'));
  group
    .command('show', { isDefault: true })
    .description('the share that is set; what is used of it: fleet status')
    .addHelpText('after', examples('fleet quota show'))
    .action((_options: object, command: Command) => withWholeFleet(command, show));
  group
    .command('set')
    .description('change the share of every documented limit that the fleet may use, while it runs')
    .requiredOption('--share <share>', 'above 0 and at most 1; the rest is left to the customers', parseShare)
    .addHelpText(
      'after',
      `
Every process follows within seconds, those that start later too, whatever its QUOTA_SHARE says.
${examples('fleet quota set --share 0.25')}`,
    )
    .action(({ share }: { share: number }, command: Command) =>
      withWholeFleet(command, (fleet) => setShare(fleet, share)),
    );
  group
    .command('reset')
    .description("let every process' QUOTA_SHARE count again")
    .addHelpText('after', examples('fleet quota reset'))
    .action((_options: object, command: Command) => withWholeFleet(command, (fleet) => setShare(fleet, null)));
  return group;
}

function parseShare(text: string): number {
  const share = Number(text);
  if (text.trim() === '' || !(share > 0 && share <= 1)) throw usageError(`"${text}" is not above 0 and at most 1.`);
  return share;
}

async function show({ database, json }: WholeFleet): Promise<void> {
  const { quotaShare } = await readFleetSettings(database);
  if (json) return printJson({ share: quotaShare });
  printLine(told(quotaShare));
}

async function setShare({ database, json }: WholeFleet, share: number | null): Promise<void> {
  await changeFleetSettings(database, [{ name: 'quota.share', value: share }], actor());
  if (json) return printJson({ share });
  printLine(told(share));
}

function told(share: number | null): string {
  return share === null
    ? "Nothing is set: each process' QUOTA_SHARE counts (0.5 where it is not set)."
    : `The fleet may use ${share} of every documented limit.`;
}
