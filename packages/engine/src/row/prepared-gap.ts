import type { GapReason } from '@evidence-fleet/connector-sdk';
import type { PreparedGap } from '../ports.ts';
import { sha256 } from './canonical.ts';
import { escapeText } from './escape.ts';

const maxScopeLength = 500;
const maxDetailLength = 1_000;

/** Key values as stored: redacted and escaped. */
export type StoredKey = readonly (string | number)[];

/** SHA-256 of the RFC 8785 JSON of a key as stored, 32 bytes. */
export function keyShaOf(key: StoredKey): Uint8Array {
  return sha256(JSON.stringify(key)); // of a list of strings and numbers that is RFC 8785
}

/** A gap that Postgres can hold: escaped, and never longer than an index or a screen can bear. */
export function prepareGap(scope: string, reason: GapReason, detail: string, key?: StoredKey): PreparedGap {
  return {
    scope: escapeText(shorten(scope)),
    reason,
    detail: escapeText(detail.slice(0, maxDetailLength).toWellFormed()),
    keySha: key === undefined ? null : keyShaOf(key),
  };
}

/** Two long scopes are kept apart by a digest of the whole. */
function shorten(scope: string): string {
  if (scope.length <= maxScopeLength) return scope;
  const digest = Buffer.from(sha256(scope)).toString('hex').slice(0, 16);
  return `${scope.slice(0, maxScopeLength).toWellFormed()}…${digest}`;
}
