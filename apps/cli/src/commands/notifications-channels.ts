import { randomBytes } from 'node:crypto';
import {
  addChannel,
  type ListedChannel,
  listChannels,
  type NewChannel,
  readOrganizationKey,
  removeChannel,
  testChannel,
  uuid,
} from '@evidence-fleet/db';
import { channelAddress } from '@evidence-fleet/vault';
import { Command } from 'commander';
import { z } from 'zod';
import { actor } from '../actor.ts';
import { examples } from '../examples.ts';
import { CliError, exitCodes, notFound, usageError } from '../exit-codes.ts';
import { type Fleet, withFleet } from '../fleet.ts';
import { openVault } from '../open-vault.ts';
import { printJson, printLine, printTable, stateOf, timeOf } from '../output.ts';
import { readSecretText } from '../read-text.ts';
import { problemsOf } from '../settings.ts';

interface WebhookOptions {
  readonly name: string;
  readonly url?: string;
  readonly secretFile?: string;
  readonly secretStdin?: boolean;
}

export function channelsCommand(): Command {
  const channels = new Command('channels')
    .description('where notifications are sent')
    .addHelpText('after', examples('fleet notifications channels list', 'fleet notifications channels test webhook'));
  channels.addCommand(addCommand());
  channels
    .command('list')
    .description('all channels, and whether they work')
    .addHelpText('after', examples('fleet notifications channels list'))
    .action((_options: object, command: Command) => withFleet(command, list));
  channels
    .command('test')
    .description('have a message sent to one channel')
    .addHelpText('after', examples('fleet notifications channels test webhook'))
    .argument('<channel>', 'name')
    .action((name: string, _options: object, command: Command) => withFleet(command, (fleet) => test(fleet, name)));
  channels
    .command('remove')
    .description('send nothing there any more; its secret is destroyed')
    .addHelpText('after', examples('fleet notifications channels remove webhook'))
    .argument('<channel>', 'name')
    .action((name: string, _options: object, command: Command) => withFleet(command, (fleet) => remove(fleet, name)));
  return channels;
}

function addCommand(): Command {
  const add = new Command('add')
    .description('send notifications to one more place')
    .addHelpText(
      'after',
      examples(
        'fleet notifications channels add webhook --url https://hooks.example.com/fleet',
        'fleet notifications channels add mail --to security@example.com',
      ),
    );
  add
    .command('webhook')
    .description('post each notification as signed JSON')
    .option('--url <url>', 'https address; one that is itself a secret is given with the secret')
    .option('--name <name>', 'what people call it', 'webhook')
    .option('--secret-file <path>', 'the signing secret, or JSON: {"url": …, "secret": …}')
    .option('--secret-stdin', 'the same from standard input')
    .addHelpText('after', webhookHelp)
    .action((options: WebhookOptions, command: Command) => withFleet(command, (fleet) => addWebhook(fleet, options)));
  add
    .command('mail')
    .description("send mail by the workers' mail server (SMTP_URL)")
    .requiredOption('--to <addresses>', 'separated by commas')
    .option('--name <name>', 'what people call it', 'mail')
    .addHelpText('after', examples('fleet notifications channels add mail --to security@example.com,it@example.com'))
    .action((options: { to: string; name: string }, command: Command) =>
      withFleet(command, (fleet) => addMail(fleet, options)),
    );
  return add;
}

const webhookHelp = `
Where no secret is given, one is made and shown once. Each post carries
  fleet-signature: t=<seconds>,v1=<HMAC-SHA256 of "<seconds>.<body>" with the secret, in hexadecimal>
and the notification's id as fleet-notification-id; it is the same when a post is repeated.

Examples:
  fleet notifications channels add webhook --url https://hooks.example.com/fleet
  fleet notifications channels add webhook --secret-stdin < webhook.json`;

const webhookFields = z.object({
  url: z.url({ protocol: /^https?$/ }).refine(isBare, 'expected an address without user, password and fragment'),
  secret: z.string().min(16).max(500),
});

function isBare(url: string): boolean {
  const { username, password, hash } = new URL(url);
  return username + password + hash === '';
}

async function addWebhook(fleet: Fleet, options: WebhookOptions): Promise<void> {
  const given = await readWebhook(options);
  const made = given.secret === undefined ? `whsec_${randomBytes(32).toString('base64url')}` : undefined;
  const parsed = webhookFields.safeParse({ url: options.url, secret: made, ...given });
  if (!parsed.success) throw usageError(problemsOf(parsed.error, 'The webhook does not fit'));
  const { organization, database } = fleet;
  const id = uuid();
  const key = await readOrganizationKey(database, organization.id);
  const secret = await openVault(fleet.env).seal(key, channelAddress(organization.id, id), parsed.data);
  const target = new URL(parsed.data.url).origin;
  await add(fleet, { id, name: options.name, kind: 'webhook', target, secret }, made);
}

async function readWebhook({ secretFile: file, secretStdin: stdin }: WebhookOptions): Promise<Record<string, unknown>> {
  const text = await readSecretText({ file, stdin }, 'The secret file');
  if (text === undefined) return {};
  if (!text.startsWith('{')) return { secret: text };
  try {
    return JSON.parse(text);
  } catch {
    // the cause of a JSON error quotes the text
    throw usageError('The secret is not valid JSON. Write {"url": …, "secret": …}, or the secret alone.');
  }
}

async function addMail(fleet: Fleet, { to, name }: { to: string; name: string }): Promise<void> {
  const addresses = z
    .array(z.email())
    .min(1)
    .max(20)
    .safeParse(to.split(',').map((address) => address.trim()));
  if (!addresses.success) throw usageError(problemsOf(addresses.error, 'The addresses do not fit'));
  await add(fleet, { id: uuid(), name, kind: 'mail', target: addresses.data.join(','), secret: null });
}

/** @param made a secret that nobody knows yet */
async function add(fleet: Fleet, channel: Omit<NewChannel, 'organizationId'>, made?: string): Promise<void> {
  const { database, organization, json } = fleet;
  const { id, name, kind, target } = channel;
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,62}$/u.test(name))
    throw usageError('A name is 1 to 63 letters, digits, spaces, dots, dashes or underscores.');
  if ((await listChannels(database, organization.id)).some((other) => other.name === name))
    throw new CliError(
      exitCodes.failed,
      `There is a channel "${name}" already. Give this one another name with --name.`,
    );
  await addChannel(database, { ...channel, organizationId: organization.id }, actor());
  if (json) return printJson({ id, name, kind, target, ...(made === undefined ? {} : { secret: made }) });
  if (made !== undefined) printLine(`The signing secret, shown only now: ${made}`);
  printLine(`Notifications are sent to ${target}. Try it: fleet notifications channels test ${name}`);
}

async function list({ database, organization, json }: Fleet): Promise<void> {
  const channels = await listChannels(database, organization.id);
  if (json) return printJson(channels);
  if (channels.length === 0)
    return printLine('No channel: notifications are only listed. Add one: fleet notifications channels add webhook');
  printTable(
    ['name', 'kind', 'target', 'state', 'to send', 'next try'],
    channels.map(({ name, kind, target, failures, pending, nextAttemptAt }) => [
      ...[name, kind, target, stateOf(failures === 0 ? 'ok' : 'failed'), pending, timeOf(nextAttemptAt)],
    ]),
  );
  for (const { name, failingReason, failingSince } of channels)
    if (failingReason !== null) printLine(`${name}: ${failingReason} (since ${timeOf(failingSince)})`);
}

async function test(fleet: Fleet, name: string): Promise<void> {
  const { id } = await requireChannel(fleet, name);
  const notificationId = uuid();
  await testChannel(fleet.database, { organizationId: fleet.organization.id, id, notificationId, actor: actor() });
  if (fleet.json) printJson({ id: notificationId, channel: name });
  else printLine('On its way. Whether it arrived: fleet notifications list --all --limit 1');
}

async function remove(fleet: Fleet, name: string): Promise<void> {
  const { id } = await requireChannel(fleet, name);
  await removeChannel(fleet.database, { organizationId: fleet.organization.id, id, actor: actor() });
  if (fleet.json) printJson({ id, name });
  else printLine(`${name} is removed, and its secret destroyed.`);
}

async function requireChannel({ database, organization }: Fleet, name: string): Promise<ListedChannel> {
  const channel = (await listChannels(database, organization.id)).find((one) => one.name === name || one.id === name);
  if (channel !== undefined) return channel;
  throw notFound(`There is no channel "${name}". \`fleet notifications channels list\` shows those there are.`);
}
