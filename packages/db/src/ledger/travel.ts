import { Prisma } from '../database.ts';
import type { PreparedRow } from './types.ts';

// How many values of one kind travel to the server: as one parameter. An array would be quoted on this side and unquoted on the other.

/** JSON never holds this character as such. */
const separator = '\u001E';

/** A set-returning function of them. */
export function texts(values: readonly string[]): Prisma.Sql {
  return Prisma.sql`string_to_table(${values.join(separator)}::text, ${separator}::text)`;
}

/** Digests of 32 bytes, end to end. */
export function keysOf(rows: readonly Pick<PreparedRow, 'keySha'>[]): Buffer {
  return Buffer.concat(rows.map((row) => row.keySha));
}

export function hashesOf(rows: readonly Pick<PreparedRow, 'hash'>[]): Buffer {
  return Buffer.concat(rows.map((row) => row.hash));
}

/** UUIDs as an array's text: they need no quoting. */
export function uuidsOf(ids: readonly string[]): string {
  return `{${ids.join()}}`;
}
