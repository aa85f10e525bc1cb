import { createHmac, createSecretKey } from 'node:crypto';
import type { Redaction } from '@evidence-fleet/connector-sdk';
import { storableJson } from './canonical.ts';

/** Replaces a sensitive value; undefined leaves the field out. */
export type Redact = (value: unknown) => unknown;

/** One owner has many resources: his digest is made once. */
const mostKnown = 1_000;
const longestKnown = 200;

/**
 * The redactions of one organization. `hmac` makes `hmac:` and 64 hexadecimal digits of HMAC-SHA-256: equal values stay equal inside the
 * organization and mean nothing outside it. Lists are redacted item by item, so that membership can still be compared. null and '' hide nothing
 * and stay.
 */
export function createRedactions(hmacKey: Uint8Array): Record<Redaction, Redact> {
  const key = createSecretKey(hmacKey);
  const known = new Map<string, string>();
  const digest = (text: string) => {
    const made = `hmac:${createHmac('sha256', key).update(text, 'utf8').digest('hex')}`;
    if (known.size >= mostKnown) known.clear();
    if (text.length <= longestKnown) known.set(text, made);
    return made;
  };
  const hmac: Redact = (value) => {
    if (value === null || value === undefined || value === '') return value;
    if (Array.isArray(value)) return value.map(hmac);
    const text = typeof value === 'string' ? value : storableJson(value);
    return known.get(text) ?? digest(text);
  };
  return { hmac, drop: () => undefined };
}
