import { connectors } from '@evidence-fleet/connectors';
import { listPeople, mapAccount, type PersonAccount, unmapAccount } from '@evidence-fleet/db';
import { Command } from 'commander';
import { examples } from '../examples.ts';
import { notFound, usageError } from '../exit-codes.ts';
import { type Fleet, withFleet } from '../fleet.ts';
import { printJson, printLine, printTable } from '../output.ts';

interface MapOptions {
  readonly nobody?: boolean;
}

export function peopleCommand(): Command {
  const people = new Command('people')
    .description("whose an account at a provider is, where the directory's assignments do not say")
    .addHelpText('after', examples('fleet people list', 'fleet people map github octocat ada@acme.example'));
  people
    .command('list')
    .description('what the organization has said')
    .addHelpText('after', examples('fleet people list', 'fleet people list --json'))
    .action((_options: object, command: Command) => withFleet(command, list));
  people
    .command('map')
    .description('say whose an account is; it counts from the next sync of its provider or of the directory on')
    .argument('<connector>', 'of the provider, e.g. github')
    .argument('<account>', 'login, user name or id there')
    .argument('[person]', 'login in the directory')
    .option('--nobody', "the account is no person's: a bot, a service")
    .addHelpText(
      'after',
      examples('fleet people map github octocat ada@acme.example', 'fleet people map aws deploy --nobody'),
    )
    .action((connector: string, account: string, person: string | undefined, options: MapOptions, command: Command) =>
      withFleet(command, (fleet) => map(fleet, { connector, account, person: personOf(person, options) })),
    );
  people
    .command('unmap')
    .description('take back what was said of an account')
    .argument('<connector>', 'of the provider')
    .argument('<account>', 'login, user name or id there')
    .addHelpText('after', examples('fleet people unmap github octocat'))
    .action((connector: string, account: string, _options: object, command: Command) =>
      withFleet(command, (fleet) => unmap(fleet, { connector, account })),
    );
  return people;
}

function personOf(person: string | undefined, { nobody = false }: MapOptions): string | null {
  if (nobody === (person !== undefined)) throw usageError('Say whose the account is, or --nobody.');
  return person ?? null;
}

const pageSize = 1_000;

async function list({ database, organization, json }: Fleet): Promise<void> {
  const people: PersonAccount[] = [];
  for (let page = null as PersonAccount[] | null; page === null || page.length === pageSize; people.push(...page))
    page = await listPeople(database, organization.id, { after: people.at(-1), limit: pageSize });
  if (json) return printJson(people);
  if (people.length === 0)
    return printLine('Nothing has been said: accounts are known by the assignments of Okta alone.');
  printTable(
    ['connector', 'account', 'person'],
    people.map(({ connector, account, person }) => [connector, account, person ?? '(nobody)']),
  );
}

async function map({ database, organization, json }: Fleet, of: PersonAccount): Promise<void> {
  if (!connectors.has(of.connector))
    throw usageError(`There is no connector "${of.connector}". Known: ${[...connectors.keys()].join(', ')}.`);
  await mapAccount(database, organization.id, of);
  if (json) return printJson(of);
  printLine(`${of.account} at ${of.connector} is ${of.person ?? "no person's account"}.`);
}

async function unmap({ database, organization, json }: Fleet, of: Omit<PersonAccount, 'person'>): Promise<void> {
  if (!(await unmapAccount(database, organization.id, of)))
    throw notFound(`Nothing has been said of ${of.account} at ${of.connector}.`);
  if (json) return printJson(of);
  printLine('Taken back.');
}
