import type { Connector } from '@evidence-fleet/connector-sdk';
import { connectors, readPolicyDocument, trustPolicyDocument } from '@evidence-fleet/connectors';
import { Command } from 'commander';
import { z } from 'zod';
import { notFound, usageError } from '../exit-codes.ts';
import { colours, printFields, printJson, printLine, printTable } from '../output.ts';

interface ShowOptions {
  readonly policy?: boolean;
  readonly principal: string;
  readonly externalId: string;
}

export function connectorsCommand(): Command {
  const command = new Command('connectors').description('the providers this release can read');
  command
    .command('list')
    .description('all connectors')
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
    .option('--policy', 'aws: the least-privilege policy of the role and its trust policy, as JSON')
    .option('--principal <arn>', 'aws: who assumes the role', '<the ARN of the user or role whose keys you give>')
    .option(
      '--external-id <id>',
      'aws: the external id of one integration (`fleet integrations show`)',
      '<the external id>',
    )
    .action((id: string, options: ShowOptions, show: Command) => {
      const connector = connectors.get(id);
      if (connector === undefined)
        throw notFound(`There is no connector "${id}". There are: ${[...connectors.keys()].join(', ')}.`);
      if (options.policy) return printPolicies(connector, options);
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

/** Always JSON: it goes into the provider's console or a template. */
function printPolicies({ id, streams }: Connector, { principal, externalId }: ShowOptions): void {
  if (id !== 'aws')
    throw usageError('--policy is for aws; other connectors list their permissions with `fleet connectors show`.');
  printJson({
    policy: readPolicyDocument(streams),
    trustPolicy: trustPolicyDocument({ principalArn: principal, externalId }),
  });
}
