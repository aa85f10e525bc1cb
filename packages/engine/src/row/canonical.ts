import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Json } from '../ports.ts';
import { escapeText } from './escape.ts';

/** Deeper JSON is no description of a resource; the limit keeps recursion, here and in every reader, far from the stack's end. */
const maxDepth = 64;

/** The value has no place in JSON. The message names the kind of value, never the value. */
export class NotJsonError extends Error {
  override readonly name = 'NotJsonError';
}

/**
 * RFC 8785 JSON that Postgres can hold: strings and keys escaped, undefined fields left out. Every row passes here: one walk instead of a
 * copy, which is what the library below would need.
 * @throws NotJsonError for non-finite numbers, dates, other objects, functions, bigints, cycles and more than 64 levels
 */
export function storableJson(value: unknown, depth = 0): string {
  if (typeof value === 'string') return JSON.stringify(escapeText(value));
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new NotJsonError('a number that is not finite');
    return value === 0 ? '0' : String(value); // jsonb knows no -0
  }
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object') throw new NotJsonError(`a ${typeof value}`);
  if (depth >= maxDepth) throw new NotJsonError(`more than ${maxDepth} levels`);
  if (Array.isArray(value)) return storableList(value, depth);
  if (!isPlain(value)) throw new NotJsonError('an object of a class');
  return storableObject(value, depth);
}

function storableList(list: readonly unknown[], depth: number): string {
  let text = '[';
  for (const item of list) text += `${text.length > 1 ? ',' : ''}${storableJson(item, depth + 1)}`;
  return `${text}]`;
}

function storableObject(value: object, depth: number): string {
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const named = fields.map(([name, field]) => [escapeText(name), field] as const).sort(byName);
  let text = '{';
  for (const [name, field] of named)
    text += `${text.length > 1 ? ',' : ''}${JSON.stringify(name)}:${storableJson(field, depth + 1)}`;
  return `${text}}`;
}

/** By UTF-16 unit, as RFC 8785 asks. */
function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

/** Not compared with Object.prototype: an object parsed in another realm (a worker, a test's sandbox) is as plain. */
function isPlain(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** RFC 8785 of what is storable already: one text for one value, whatever the order of its keys. */
export function canonicalJson(value: Json): string {
  const text = canonicalize(value);
  if (text === undefined) throw new NotJsonError('undefined');
  return text;
}

/** SHA-256 of UTF-8 text, 32 bytes. */
export function sha256(text: string): Uint8Array {
  return Buffer.from(hash('sha256', text, 'binary'), 'binary'); // out of a pool: a buffer of its own would cost more than the digest
}
