import {
  createToken,
  type ListedToken,
  listTokens,
  revokeToken,
  type TokenScope,
  tokenScopes,
} from '@evidence-fleet/db';
import { Command } from 'commander';
import { actor } from '../actor.ts';
import { examples } from '../examples.ts';
import { CliError, exitCodes, notFound, usageError } from '../exit-codes.ts';
import { type Fleet, parseCount, withFleet } from '../fleet.ts';
import { note, printJson, printLine, printTable, stateOf, timeOf } from '../output.ts';

interface CreateOptions {
  readonly scopes: string;
  readonly days: number;
}

const longestDays = 366;

export function tokensCommand(): Command {
  const tokens = new Command('tokens')
    .description('what other services call the API with')
    .addHelpText('after', examples('fleet tokens list', 'fleet tokens create deploys --scopes syncs:write,runs:read'));
  tokens
    .command('create')
    .description('make one for a service; it is shown once, on standard output')
    .argument('<name>', 'of the service that will use it')
    .requiredOption('--scopes <scopes>', 'what it may, separated by commas')
    .option('--days <count>', `how long it counts, ${longestDays} at most`, parseCount, 90)
    .addHelpText('after', `\nScopes:\n${scopesHelp()}\n${createExamples}`)
    .action((name: string, options: CreateOptions, command: Command) =>
      withFleet(command, (fleet) => create(fleet, name, options)),
    );
  tokens
    .command('list')
    .description('those that count, with their last use')
    .option('--all', 'also those that were revoked or are over')
    .addHelpText('after', examples('fleet tokens list', 'fleet tokens list --all --json'))
    .action((options: { all?: boolean }, command: Command) => withFleet(command, (fleet) => list(fleet, options)));
  tokens
    .command('revoke')
    .description('let one open nothing any more, from now on')
    .argument('<token>', 'name or id')
    .addHelpText('after', examples('fleet tokens revoke deploys'))
    .action((nameOrId: string, _options: object, command: Command) =>
      withFleet(command, (fleet) => revoke(fleet, nameOrId)),
    );
  return tokens;
}

const createExamples = examples(
  'fleet tokens create deploys --scopes syncs:write,runs:read',
  'fleet --org acme tokens create auditor --scopes evidence:read --days 30 > token',
);

function scopesHelp(): string {
  return Object.entries(tokenScopes)
    .map(([scope, meaning]) => `  ${scope.padEnd(14)}  ${meaning}`)
    .join('\n');
}

async function create(fleet: Fleet, name: string, { scopes: text, days }: CreateOptions): Promise<void> {
  const { database, organization, json } = fleet;
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,62}$/u.test(name))
    throw usageError('A name is 1 to 63 letters, digits, spaces, dots, dashes or underscores.');
  if (days > longestDays) throw usageError(`A token counts for ${longestDays} days at most; make a new one in time.`);
  const scopes = readScopes(text);
  if ((await listTokens(database, { organizationId: organization.id, all: true })).some(isStanding(name)))
    throw new CliError(
      exitCodes.failed,
      `There is a token "${name}" already. Revoke it with \`fleet tokens revoke "${name}"\`, or choose another name.`,
    );
  const created = await createToken(database, { organizationId: organization.id, name, scopes, days, actor: actor() });
  if (json) return printJson({ name, scopes, ...created });
  note(`The token of ${name}, shown only now; it counts until ${timeOf(created.expiresAt)}:`);
  printLine(created.token);
}

/** A token that is over keeps its name until it is revoked. */
function isStanding(name: string): (token: ListedToken) => boolean {
  return (token) => token.name === name && token.revokedAt === null;
}

function readScopes(text: string): TokenScope[] {
  const known = Object.keys(tokenScopes) as TokenScope[]; // Object.keys widens the literal keys
  const wanted = text.split(',').map((part) => part.trim());
  const unknown = wanted.filter((scope) => !known.some((one) => one === scope));
  if (unknown.length > 0) throw usageError(`There is no scope "${unknown[0]}". There are: ${known.join(', ')}.`);
  return known.filter((scope) => wanted.includes(scope));
}

async function list({ database, organization, json }: Fleet, { all = false }: { all?: boolean }): Promise<void> {
  const tokens = await listTokens(database, { organizationId: organization.id, all });
  if (json) return printJson(tokens);
  if (tokens.length === 0)
    return printLine('No token: no other service may call. Make one: fleet tokens create <name> --scopes …');
  printTable(
    ['name', 'state', 'scopes', 'made by', 'counts until', 'last used'],
    tokens.map((token) => [
      ...[token.name, stateOf(standingOf(token)), token.scopes.join(' '), token.createdBy],
      ...[timeOf(token.expiresAt), timeOf(token.lastUsedAt)],
    ]),
  );
}

function standingOf({ revokedAt, expiresAt }: ListedToken): string {
  if (revokedAt !== null) return 'revoked';
  return expiresAt.getTime() <= Date.now() ? 'expired' : 'active';
}

async function revoke({ database, organization, json }: Fleet, nameOrId: string): Promise<void> {
  const revoked = await revokeToken(database, { organizationId: organization.id, nameOrId, actor: actor() });
  if (!revoked)
    throw notFound(`There is no token "${nameOrId}" to revoke. \`fleet tokens list\` shows those that count.`);
  if (json) return printJson({ token: nameOrId, revoked });
  printLine(`${nameOrId} opens nothing any more.`);
}
