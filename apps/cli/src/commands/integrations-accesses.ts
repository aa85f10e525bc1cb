import { listCredentialAccesses } from '@evidence-fleet/db';
import { Command } from 'commander';
import { examples } from '../examples.ts';
import { type Fleet, parseCount, requireIntegration, withFleet } from '../fleet.ts';
import { printJson, printLine, printTable, timeOf } from '../output.ts';

export function integrationsAccessesCommand(): Command {
  return new Command('accesses')
    .description('who opened its credential, when and what for; never what it holds')
    .addHelpText('after', examples('fleet integrations accesses github'))
    .argument('<integration>', 'name or id')
    .option('--limit <count>', 'at most so many', parseCount, 50)
    .action((name: string, options: { limit: number }, command: Command) =>
      withFleet(command, (fleet) => list(fleet, name, options)),
    );
}

async function list(fleet: Fleet, name: string, { limit }: { limit: number }): Promise<void> {
  const { id: integrationId } = await requireIntegration(fleet, name);
  const of = { organizationId: fleet.organization.id, integrationId, limit };
  const accesses = await listCredentialAccesses(fleet.database, of);
  if (fleet.json) return printJson(accesses);
  if (accesses.length === 0) return printLine('Its credential was not opened yet.');
  printTable(
    ['version', 'what for', 'times', 'first', 'last', 'by (last)'],
    accesses.map(({ version, purpose, times, firstAt, lastAt, by }) => [
      ...[version, purpose, times, timeOf(firstAt), timeOf(lastAt), by],
    ]),
  );
}
