import { acknowledgeNotifications, type ListedDelivery, listNotifications } from '@evidence-fleet/db';
import { Command } from 'commander';
import { actor } from '../actor.ts';
import { examples } from '../examples.ts';
import { notFound, usageError } from '../exit-codes.ts';
import { type Fleet, integrationFilter, parseCount, requireId, withFleet } from '../fleet.ts';
import { printJson, printLine, printTable, timeOf } from '../output.ts';
import { channelsCommand } from './notifications-channels.ts';

interface ListOptions {
  readonly all?: boolean;
  readonly integration?: string;
  readonly limit: number;
}

export function notificationsCommand(): Command {
  const notifications = new Command('notifications')
    .description('what the fleet has to tell, once per change')
    .addHelpText('after', examples('fleet notifications list', 'fleet notifications channels list'));
  notifications
    .command('list')
    .description('what nobody has acknowledged yet, the latest first')
    .option('--all', 'acknowledged ones too')
    .option('--integration <name>', 'of one integration only')
    .option('--limit <count>', 'at most so many', parseCount, 50)
    .addHelpText('after', examples('fleet notifications list', 'fleet notifications list --integration github --all'))
    .action((options: ListOptions, command: Command) => withFleet(command, (fleet) => list(fleet, options)));
  notifications
    .command('acknowledge')
    .description('take a notification off the list: somebody has seen to it')
    .argument('[notification]', 'id')
    .option('--all', 'every one that there is now')
    .addHelpText('after', examples('fleet notifications acknowledge --all'))
    .action((id: string | undefined, options: { all?: boolean }, command: Command) =>
      withFleet(command, (fleet) => acknowledge(fleet, id, options)),
    );
  notifications.addCommand(channelsCommand());
  return notifications;
}

async function list(fleet: Fleet, { all = false, integration, limit }: ListOptions): Promise<void> {
  const of = await integrationFilter(fleet, integration);
  const found = await listNotifications(fleet.database, { organizationId: fleet.organization.id, all, limit, ...of });
  if (fleet.json) return printJson(found);
  if (found.length === 0) return printLine(all ? 'There was nothing to tell yet.' : 'Nothing to see to.');
  printTable(
    ['notification', 'time', 'kind', 'message', 'sent'],
    found.map(({ id, createdAt, kind, message, acknowledgedAt, acknowledgedBy, deliveries }) => [
      ...[id, timeOf(createdAt), kind],
      acknowledgedAt === null ? message : `${message} (acknowledged by ${acknowledgedBy}, ${timeOf(acknowledgedAt)})`,
      deliveries.map(describeDelivery).join('\n') || null,
    ]),
  );
}

function describeDelivery({ channel, state, error }: ListedDelivery): string {
  return `${channel}: ${state}${error === null ? '' : ` (${error})`}`;
}

async function acknowledge(fleet: Fleet, id: string | undefined, { all = false }: { all?: boolean }): Promise<void> {
  if ((id === undefined) !== all) throw usageError('Name one notification, or say --all.');
  const one = id === undefined ? {} : { id: requireId(id, 'a notification') };
  const acknowledged = await acknowledgeNotifications(fleet.database, {
    organizationId: fleet.organization.id,
    actor: actor(),
    ...one,
  });
  if (acknowledged === 0 && id !== undefined)
    throw notFound(`There is no notification ${id} in ${fleet.organization.slug} that is not acknowledged.`);
  if (fleet.json) printJson({ acknowledged });
  else printLine(acknowledged === 1 ? 'Acknowledged.' : `Acknowledged ${acknowledged}.`);
}
