import { userInfo } from 'node:os';
import { confirmGap, listGaps } from '@evidence-fleet/db';
import { Command } from 'commander';
import { examples } from '../examples.ts';
import { CliError, exitCodes, notFound } from '../exit-codes.ts';
import { type Fleet, integrationFilter, parseCount, requireId, withFleet } from '../fleet.ts';
import { printJson, printLine, printTable, timeOf } from '../output.ts';

interface GapOptions {
  readonly all?: boolean;
  readonly integration?: string;
  readonly limit: number;
}

export function gapsCommand(): Command {
  const gaps = new Command('gaps')
    .description('what should have been read and was not: never a pass, never a deletion')
    .option('--all', 'closed ones too')
    .option('--integration <name>', 'of one integration only')
    .option('--limit <count>', 'at most so many', parseCount, 100)
    .addHelpText('after', examples('fleet gaps', 'fleet gaps --integration github --all'))
    .action((options: GapOptions, command: Command) => withFleet(command, (fleet) => list(fleet, options)));
  gaps
    .command('confirm')
    .description(
      'say that what a gap holds is really gone (mass_absence, scope_changed, absence_unproven); the next sync retires it',
    )
    .argument('<gap>', 'id')
    .addHelpText('after', examples('fleet gaps confirm 0198c5a2-7c1e-7d2f-8a33-0b9d5e6f7a81'))
    .action((id: string, _options: object, command: Command) => withFleet(command, (fleet) => confirm(fleet, id)));
  return gaps;
}

async function list(fleet: Fleet, { all = false, integration, limit }: GapOptions): Promise<void> {
  const of = await integrationFilter(fleet, integration);
  const gaps = await listGaps(fleet.database, { organizationId: fleet.organization.id, all, limit, ...of });
  if (fleet.json) return printJson(gaps);
  if (gaps.length === 0)
    return printLine(all ? 'There has been no gap.' : 'No open gap: everything in scope could be read.');
  printTable(
    ['gap', 'integration', 'type', 'scope', 'reason', 'since', 'detail'],
    gaps.map((gap) => [
      ...[gap.id, gap.integration, gap.slice === '' ? gap.type : `${gap.type} in ${gap.slice}`, gap.scope, gap.reason],
      gap.closedAt === null ? timeOf(gap.openedAt) : `${timeOf(gap.openedAt)} to ${timeOf(gap.closedAt)}`,
      gap.confirmedAt === null ? gap.detail : `${gap.detail} (confirmed ${timeOf(gap.confirmedAt)})`,
    ]),
  );
}

async function confirm({ database, organization, json }: Fleet, id: string): Promise<void> {
  const gapId = requireId(id, 'a gap');
  const result = await confirmGap(database, {
    organizationId: organization.id,
    gapId,
    actor: `cli:${userInfo().username}`,
  });
  switch (result.kind) {
    case 'not_found':
      throw notFound(`There is no gap ${gapId} in ${organization.slug}.`);
    case 'not_confirmable':
      throw new CliError(
        exitCodes.failed,
        `Only an absence can be confirmed; this gap is "${result.gap.reason}". ${result.gap.detail}`,
      );
    case 'closed':
      throw new CliError(exitCodes.failed, 'This gap is closed already.');
    case 'confirmed':
    case 'confirmed_before':
      if (json) return printJson({ gapId, outcome: result.kind });
      return printLine(
        `${result.kind === 'confirmed' ? 'Confirmed' : 'It was confirmed before'}. The next sync of ${result.gap.integration} retires what is still missing.`,
      );
  }
}
