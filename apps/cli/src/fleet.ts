import {
  createDatabase,
  type Database,
  findIntegration,
  findOrganization,
  type Integration,
  type Organization,
} from '@evidence-fleet/db';
import type { Command } from 'commander';
import { type CliEnv, readEnv, requireVariable } from './env.ts';
import { notFound, usageError } from './exit-codes.ts';

/** Options that every command knows. */
interface GlobalOptions {
  readonly org?: string;
  readonly json: boolean;
  readonly debug: boolean;
}

/** An open fleet, as one organization sees it. */
export interface Fleet {
  readonly env: CliEnv;
  readonly database: Database;
  readonly organization: Organization;
  readonly json: boolean;
  readonly debug: boolean;
}

/** Opens the database and finds the organization, for the length of one command. */
export async function withFleet<T>(command: Command, work: (fleet: Fleet) => Promise<T>): Promise<T> {
  const { org, json = false, debug = false } = command.optsWithGlobals<Partial<GlobalOptions>>();
  const env = readEnv();
  const slug = org ?? env.FLEET_ORGANIZATION;
  return withDatabase(requireVariable(env, 'DATABASE_URL'), async (database) => {
    if (slug === undefined) {
      throw usageError('Which organization? Say it with `--org <slug>` or set FLEET_ORGANIZATION.');
    }
    const organization = await findOrganization(database, slug);
    if (organization === null) {
      throw notFound(`There is no organization "${slug}". Make it with \`fleet organizations add ${slug}\`.`);
    }
    return work({ env, database, organization, json, debug });
  });
}

export async function withDatabase<T>(url: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = createDatabase({ url, poolSize: 2, applicationName: 'evidence-fleet cli' });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** @throws CliError not found */
export async function requireIntegration({ database, organization }: Fleet, nameOrId: string): Promise<Integration> {
  const integration = await findIntegration(database, organization.id, nameOrId);
  if (integration !== null) return integration;
  throw notFound(
    `There is no integration "${nameOrId}" in ${organization.slug}. \`fleet integrations list\` shows those there are.`,
  );
}

/** The id of the integration that an option names; {} without one. */
export async function integrationFilter(
  fleet: Fleet,
  nameOrId: string | undefined,
): Promise<{ integrationId?: string }> {
  return nameOrId === undefined ? {} : { integrationId: (await requireIntegration(fleet, nameOrId)).id };
}

/** @throws CliError usage when the text is no id */
export function requireId(text: string, what: string): string {
  if (/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  throw usageError(`"${text}" is not the id of ${what}: ids look like 0198c5a2-7c1e-7d2f-8a33-0b9d5e6f7a81.`);
}

/** For commander: a whole number from 1 on. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw usageError(`"${text}" is not a whole number from 1 on.`);
  return count;
}
