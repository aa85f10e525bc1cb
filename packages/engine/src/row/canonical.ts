import { createHash } from 'node:crypto';
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
 * A copy that JSON and Postgres can hold: strings and keys escaped, undefined fields left out, -0 made 0.
 * @throws NotJsonError for non-finite numbers, dates, other objects, functions, bigints, cycles and more than 64 levels
 */
export function toStorable(value: unknown, depth = 0): Json {
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new NotJsonError('a number that is not finite');
    return value === 0 ? 0 : value; // jsonb knows no -0
  }
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value !== 'object') throw new NotJsonError(`a ${typeof value}`);
  if (depth >= maxDepth) throw new NotJsonError(`more than ${maxDepth} levels`);
  if (Array.isArray(value)) return value.map((item) => toStorable(item, depth + 1));
  if (!isPlain(value)) throw new NotJsonError('an object of a class');
  const copy: [string, Json][] = [];
  for (const [key, field] of Object.entries(value)) {
    if (field !== undefined) copy.push([escapeText(key), toStorable(field, depth + 1)]);
  }
  return Object.fromEntries(copy); // unlike assignment, safe for a key named __proto__
}

/** Not compared with Object.prototype: an object parsed in another realm (a worker, a test's sandbox) is as plain. */
function isPlain(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** RFC 8785: one text for one value, whatever the order of its keys. */
export function canonicalJson(value: Json): string {
  const text = canonicalize(value);
  if (text === undefined) throw new NotJsonError('undefined');
  return text;
}

/** SHA-256 of UTF-8 text, 32 bytes. */
export function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text, 'utf8').digest();
}
