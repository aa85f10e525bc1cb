import type { EvidenceType, Gap } from '@evidence-fleet/connector-sdk';
import type { Json, PreparedGap, PreparedRow } from '../ports.ts';
import { canonicalJson, NotJsonError, sha256, toStorable } from './canonical.ts';
import { escapeText, unescapeText } from './escape.ts';
import { describeMismatch } from './mismatch.ts';
import { keyShaOf, prepareGap, type StoredKey } from './prepared-gap.ts';
import { createRedactions, type Redact } from './redact.ts';

/** Bytes of material and observed as JSON; a larger resource is a gap. */
export const maxRowBytes = 256 * 1024;

export type Prepared =
  | { readonly kind: 'row'; readonly row: PreparedRow; readonly cursor: string | null }
  | { readonly kind: 'gap'; readonly gap: PreparedGap };

/** Turns what a connector yields into what the ledger holds, for one evidence type and one organization. */
export interface Preparer {
  /** Parses, redacts, sorts, escapes and hashes one row. What cannot be stored comes back as a gap, never as an error. */
  prepare(input: unknown): Prepared;
  /** Redacts and escapes a gap's key as a row's would be, so that both name one resource. */
  prepareGap(gap: Gap): PreparedGap;
}

/** @param options.hmacKey the organization's own key for `hmac` redactions */
export function createPreparer(type: EvidenceType, options: { readonly hmacKey: Uint8Array }): Preparer {
  const plan = planOf(type, options.hmacKey);
  return {
    prepare(input) {
      try {
        const parsed = type.schema.safeParse(input);
        if (!parsed.success) return malformed(plan, input, describeMismatch(type.schema, parsed.error));
        return finish(plan, toFields(plan, parsed.data));
      } catch (error) {
        if (error instanceof NotJsonError) return malformed(plan, input, `it holds ${error.message}`);
        if (error instanceof RangeError) return malformed(plan, input, 'it is nested too deeply'); // for the schema's own recursion
        throw error;
      }
    },
    prepareGap: (gap) => prepareGap(gap.scope, gap.reason, gap.detail, gap.key && toStoredKey(plan, gap.key)),
  };
}

/** What is worked out once per type. */
interface Plan {
  readonly type: EvidenceType;
  /** The type's name without its connector: the kind of a gap's scope. */
  readonly kind: string;
  readonly redactions: ReadonlyMap<string, Redact>;
  readonly observed: ReadonlySet<string>;
}

function planOf(type: EvidenceType, hmacKey: Uint8Array): Plan {
  const available = createRedactions(hmacKey);
  const redactions = new Map<string, Redact>();
  for (const [field, redaction] of Object.entries(type.redact ?? {})) {
    if (redaction) redactions.set(field, available[redaction]);
  }
  const kind = type.name.slice(type.name.indexOf('.') + 1);
  return { type, kind, redactions, observed: new Set<string>(type.observed) };
}

/**
 * Redaction comes before everything that could keep a trace of the value; lists are sorted as they are stored. Every field that is kept
 * is stated, null where the provider said nothing: to the ledger a missing field is one that the schema did not have yet.
 */
function toFields(plan: Plan, parsed: { readonly [field: string]: unknown }): Map<string, Json> {
  const fields = new Map<string, Json>();
  for (const [field, value] of Object.entries(parsed)) {
    const redact = plan.redactions.get(field);
    const kept = redact ? redact(value) : value;
    if (kept !== undefined) fields.set(escapeText(field), toStorable(kept));
  }
  for (const field of Object.keys(plan.type.schema.shape)) {
    if (!fields.has(escapeText(field)) && plan.type.redact?.[field] !== 'drop') fields.set(escapeText(field), null);
  }
  for (const field of plan.type.unordered ?? []) {
    const list = fields.get(field);
    if (Array.isArray(list)) fields.set(field, sortByContent(list));
  }
  return fields;
}

function finish(plan: Plan, fields: ReadonlyMap<string, Json>): Prepared {
  const key = readKey(plan, (field) => fields.get(field));
  if (key === undefined) return malformedGap(plan, 'a field of its key is missing');
  const material = Object.fromEntries([...fields].filter(([field]) => !plan.observed.has(field)));
  const observed = Object.fromEntries([...fields].filter(([field]) => plan.observed.has(field)));
  const text = canonicalJson(material);
  const bytes = Buffer.byteLength(text) + (plan.observed.size > 0 ? Buffer.byteLength(JSON.stringify(observed)) : 0);
  if (bytes > maxRowBytes) {
    const detail = `The resource is ${bytes} bytes of JSON; more than ${maxRowBytes} are not kept.`;
    return { kind: 'gap', gap: prepareGap(scopeOf(plan, key), 'too_large', detail, key) };
  }
  const cursor = plan.type.cursor === undefined ? undefined : fields.get(plan.type.cursor);
  return {
    kind: 'row',
    row: { key, keySha: keyShaOf(key), hash: sha256(text), material, observed, bytes },
    cursor: typeof cursor === 'string' ? cursor : null,
  };
}

/** A row that does not fit its schema may still say which resource it is: then only that one is unknown. */
function malformed(plan: Plan, input: unknown, detail: string): Prepared {
  if (typeof input !== 'object' || input === null) return malformedGap(plan, detail);
  const raw = new Map<string, unknown>(Object.entries(input));
  const key = readKey(plan, (field) => plan.type.schema.shape[field]?.safeParse(raw.get(field)).data);
  return malformedGap(plan, detail, key && toStoredKey(plan, key));
}

function malformedGap(plan: Plan, detail: string, key?: StoredKey): Prepared {
  const sentence = `The provider's answer does not fit ${plan.type.name}: ${detail}.`;
  return { kind: 'gap', gap: prepareGap(key ? scopeOf(plan, key) : '*', 'malformed', sentence, key) };
}

/** undefined when a field of the key holds no name. */
function readKey(plan: Plan, read: (field: string) => unknown): StoredKey | undefined {
  const key: (string | number)[] = [];
  for (const field of plan.type.key) {
    const value = read(field);
    if (typeof value !== 'number' && (typeof value !== 'string' || value === '')) return undefined;
    key.push(value);
  }
  return key;
}

/** A key as the provider names it becomes the key that a stored row has. */
function toStoredKey(plan: Plan, key: readonly (string | number)[]): StoredKey {
  return key.map((value, index) => {
    const redact = plan.redactions.get(plan.type.key[index] ?? '');
    const kept = redact ? redact(value) : value;
    return typeof kept === 'string' ? escapeText(kept) : value;
  });
}

/** The stored key is escaped already, and a gap's scope will be. */
function scopeOf(plan: Plan, key: StoredKey): string {
  return `${plan.kind}:${key.map((part) => unescapeText(String(part))).join('/')}`;
}

function sortByContent(list: readonly Json[]): Json[] {
  const keyed = list.map((item) => ({ item, text: canonicalJson(item) }));
  keyed.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  return keyed.map(({ item }) => item);
}
