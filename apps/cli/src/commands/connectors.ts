import type { Connector } from '@evidence-fleet/connector-sdk';
import {
  appManifest,
  connectors,
  leastRole,
  resolveEvidence,
  toCloudFormation,
  tokenScopes,
  toTerraform,
} from '@evidence-fleet/connectors';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { examples } from '../examples.ts';
import { notFound, usageError } from '../exit-codes.ts';
import { colours, printFields, printJson, printLine, printTable } from '../output.ts';

const formats = ['json', 'cloudformation', 'terraform'] as const;

interface ShowOptions {
  readonly policy?: boolean;
  readonly format: (typeof formats)[number];
  readonly types?: string;
  readonly principal: string;
  readonly externalId: string;
}

export function connectorsCommand(): Command {
  const command = new Command('connectors')
    .description('the providers this release can read')
    .addHelpText('after', examples('fleet connectors list', 'fleet connectors show github'));
  command
    .command('list')
    .description('all connectors')
    .addHelpText('after', examples('fleet connectors list', 'fleet connectors list --json'))
    .action((_options: object, list: Command) => {
      const all = [...connectors.values()];
      if (list.optsWithGlobals().json) return printJson(all.map(describe));
      printTable(
        ['connector', 'title', 'credentials', 'evidence types'],
        all.map((one) => [...[one.id, one.title, Object.keys(one.auth).join(', '), one.streams.length]]),
      );
    });
  command
    .command('show')
    .description('one connector: credentials, settings, evidence types, permissions, quotas')
    .argument('<connector>', 'id')
    .option(
      '--policy',
      'the least that a credential needs. aws: the policy of the role and its trust policy; github: the manifest of an App and the scopes of a token; okta: the scopes of a service app; jira: the permissions of the user whose token it is',
    )
    .addOption(
      new Option('--format <format>', 'of --policy; templates that make the role are for aws')
        .choices(formats)
        .default('json')
        .implies({ policy: true }),
    )
    .option('--types <types>', 'for these evidence types alone, by comma')
    .option('--principal <arn>', 'aws: who assumes the role', '<the ARN of the user or role whose keys you give>')
    .option(
      '--external-id <id>',
      'aws: the external id of one integration (`fleet integrations show`)',
      '<the external id>',
    )
    .addHelpText(
      'after',
      examples(
        'fleet connectors show github',
        'fleet connectors show github --policy --types github.repository,github.team',
        'fleet connectors show aws --policy --external-id 0198c5a2-7c1e > role.json',
        'fleet connectors show aws --policy --format terraform --principal arn:aws:iam::111122223333:user/fleet > role.tf',
      ),
    )
    .action((id: string, options: ShowOptions, show: Command) => {
      const connector = connectors.get(id);
      if (connector === undefined)
        throw notFound(`There is no connector "${id}". There are: ${[...connectors.keys()].join(', ')}.`);
      if (options.policy) {
        const least = leastAccess(connector, options);
        return typeof least === 'string' ? printLine(least.trimEnd()) : printJson(least);
      }
      if (show.optsWithGlobals().json) return printJson(describe(connector));
      printConnector(connector);
    });
  return command;
}

function describe({ id, title, version, auth, settings, schedule, limits, streams }: Connector) {
  return {
    ...{ id, title, version, schedule, limits },
    auth: Object.entries(auth).map(([kind, { title: name, secrets }]) => ({
      kind,
      title: name,
      fields: Object.keys(secrets.shape),
    })),
    settings: z.toJSONSchema(settings, { unrepresentable: 'any', io: 'input' }),
    evidence: streams.map(({ evidence, permissions, docs }) => ({
      ...{ type: evidence.name, title: evidence.title, mode: evidence.mode, key: evidence.key, permissions, docs },
    })),
  };
}

function printConnector(connector: Connector): void {
  const { auth, settings, schedule, limits, streams } = connector;
  printLine(`${colours.bold(connector.title)} (${connector.id})\n`);
  const kinds = Object.entries(auth).map(
    ([kind, { title, secrets }]) => `${kind}: ${title} (${Object.keys(secrets.shape).join(', ')})`,
  );
  printFields({
    credentials: kinds.join('; '),
    settings: Object.keys(settings.shape).join(', '),
    schedule: `every ${schedule.defaultHours} h; ${schedule.minHours} to ${schedule.maxHours} h are allowed`,
  });
  printLine('\nEvidence types');
  printTable(
    ['type', 'mode', 'title', 'permissions'],
    streams.map(({ evidence, permissions }) => [
      ...[evidence.name, evidence.mode, evidence.title, permissions.join(', ')],
    ]),
  );
  printLine('\nQuotas');
  printTable(
    ['quota', 'requests', 'per', 'documented at'],
    limits.map(({ name, requests, perMs, docs }) => [...[name, requests, `${perMs / 1000} s`, docs]]),
  );
}

/**
 * The least that a credential needs, for the provider's console.
 * @returns a text where it is to be a template
 */
function leastAccess(connector: Connector, { types, principal, externalId, format }: ShowOptions): object | string {
  const streams = chosenStreams(connector, types);
  const names = streams.map(({ evidence }) => evidence.name);
  if (connector.id !== 'aws' && format !== 'json')
    throw usageError(`There is no template for ${connector.id}: leave out \`--format\`.`);
  switch (connector.id) {
    case 'aws': {
      const role = leastRole({ types: names, principalArn: principal, externalId });
      if (format === 'cloudformation') return toCloudFormation(role);
      if (format === 'terraform') return toTerraform(role);
      return { policy: role.policy, trustPolicy: role.trustPolicy };
    }
    case 'github':
      return { appManifest: appManifest(names), tokenScopes: tokenScopes(names) };
    default:
      return { permissions: [...new Set(streams.flatMap(({ permissions }) => permissions))].sort() };
  }
}

function chosenStreams({ id, streams }: Connector, types: string | undefined): Connector['streams'] {
  if (types === undefined) return streams;
  const chosen = types.split(',').map((type) => type.trim());
  const unknown = chosen.filter((type) => resolveEvidence(type, id).length === 0);
  if (unknown.length > 0)
    throw usageError(`There is no evidence type ${unknown.join(', ')}. \`fleet connectors show ${id}\` lists them.`);
  const names = chosen.flatMap((type) => resolveEvidence(type, id));
  return streams.filter(({ evidence }) => names.includes(evidence.name));
}
