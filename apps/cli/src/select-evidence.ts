import { databaseTime, exportEvidence, type ListedEvidence, storedTypes } from '@evidence-fleet/db';
import type { Command } from 'commander';
import { notFound, usageError } from './exit-codes.ts';
import { type Fleet, integrationFilter } from './fleet.ts';

/** Which evidence a command is about. */
export interface SelectionOptions {
  readonly type?: string;
  readonly integration?: string;
  readonly asOf?: string;
}

export function addSelection(command: Command): Command {
  return command
    .option('--type <type>', 'of one evidence type only')
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
  if (options.type !== undefined && !types.includes(options.type)) {
    throw notFound(`There is no evidence of the type "${options.type}". There is: ${types.join(', ') || 'none yet'}.`);
  }
  const selection = {
    ...{ organizationId: organization.id, types: options.type === undefined ? types : [options.type], pageSize, ...of },
    ...(asOf === undefined ? {} : { asOf }),
  };
  return { asOf, evidence: exportEvidence(database, selection) };
}

/** A time without a zone would mean another moment on every machine. */
function readTime(text: string, now: Date): Date {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isTime = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const time = new Date(isDate ? `${text}T00:00:00Z` : text.replace(' ', 'T'));
  if (!(isDate || isTime) || Number.isNaN(time.getTime())) {
    throw usageError(
      `"${text}" is no time: write it like 2026-03-14 (midnight UTC) or 2026-03-14T09:26:53Z, with its zone.`,
    );
  }
  if (time > now) throw usageError(`${text} lies in the future; nobody knows what stands then.`);
  return time;
}
