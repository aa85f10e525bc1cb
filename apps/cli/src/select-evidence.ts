import { resolveEvidence } from '@evidence-fleet/connectors';
import { databaseTime, exportEvidence, type ListedEvidence, storedTypes } from '@evidence-fleet/db';
import type { Command } from 'commander';
import { notFound } from './exit-codes.ts';
import { type Fleet, integrationFilter } from './fleet.ts';
import { readTime } from './read-time.ts';

/** Which evidence a command is about. */
export interface SelectionOptions {
  readonly type?: string;
  readonly integration?: string;
  readonly asOf?: string;
}

export function addSelection(command: Command): Command {
  return command
    .option('--type <type>', 'of one evidence type only, by its name or an alias (docs/coverage.md)')
    .option('--integration <name>', 'of one integration only')
    .option('--as-of <time>', 'what stood at this time, ISO 8601');
}

export interface Selected {
  /** The moment that it shows; undefined: each page what stands when it is read. */
  readonly asOf: Date | undefined;
  readonly evidence: AsyncIterable<ListedEvidence>;
}

/** Finds the evidence, to be read a page at a time while it is iterated. */
export async function selectEvidence(fleet: Fleet, options: SelectionOptions, pageSize: number): Promise<Selected> {
  const { database, organization } = fleet;
  const of = await integrationFilter(fleet, options.integration);
  const asOf = options.asOf === undefined ? undefined : readTime(options.asOf, await databaseTime(database));
  const types = await storedTypes(database, organization.id);
  const wanted = options.type === undefined ? types : storedOf(options.type, types);
  const selection = {
    ...{ organizationId: organization.id, types: wanted, pageSize, ...of },
    ...(asOf === undefined ? {} : { asOf }),
  };
  return { asOf, evidence: exportEvidence(database, selection) };
}

/** A type that an earlier release collected is known by what is stored of it only. */
function storedOf(name: string, stored: readonly string[]): string[] {
  const meant = resolveEvidence(name);
  const types = stored.filter((type) => type === name || meant.includes(type));
  if (types.length > 0) return types;
  const alias = meant.length === 0 || meant.includes(name) ? '' : ` (${meant.join(', ')})`;
  throw notFound(`There is no evidence of the type "${name}"${alias}. There is: ${stored.join(', ') || 'none yet'}.`);
}
