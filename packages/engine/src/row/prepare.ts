import type { EvidenceType, Gap } from '@evidence-fleet/connector-sdk';
import type { PreparedGap, PreparedRow } from '../ports.ts';
import { NotJsonError, sha256, storableJson } from './canonical.ts';
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
        return finish(plan, parsed.data);
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
  readonly field: (name: string) => Field;
  /** Those that the schema spells out, in the order of RFC 8785. */
  readonly fields: readonly Field[];
  /** The schema lets others pass. */
  readonly isOpen: boolean;
}

interface Field {
  readonly name: string;
  /** As it stands before its value. */
  readonly label: string;
  readonly redact: Redact | undefined;
  readonly isDropped: boolean;
  readonly isObserved: boolean;
  readonly isUnordered: boolean;
}

function planOf(type: EvidenceType, hmacKey: Uint8Array): Plan {
  const available = createRedactions(hmacKey);
  const redactions = new Map<string, Redact>();
  for (const [field, redaction] of Object.entries(type.redact ?? {})) {
    if (redaction) redactions.set(field, available[redaction]);
  }
  const [observed, unordered] = [new Set<string>(type.observed), new Set<string>(type.unordered)];
  const field = (name: string): Field => ({
    name,
    label: `${JSON.stringify(escapeText(name))}:`,
    redact: redactions.get(name),
    isDropped: type.redact?.[name] === 'drop',
    isObserved: observed.has(name),
    isUnordered: unordered.has(name),
  });
  return {
    type,
    kind: type.name.slice(type.name.indexOf('.') + 1),
    redactions,
    field,
    fields: inOrder(Object.keys(type.schema.shape).map(field)),
    isOpen: type.schema.def.catchall !== undefined,
  };
}

function inOrder(fields: readonly Field[]): Field[] {
  return fields.toSorted((one, other) => (escapeText(one.name) < escapeText(other.name) ? -1 : 1));
}

/** The fields of one row: those of its schema and, where that lets others pass, theirs. */
function fieldsOf({ fields, isOpen, field }: Plan, parsed: object): readonly Field[] {
  if (!isOpen) return fields;
  const known = new Set(fields.map(({ name }) => name));
  return inOrder([
    ...fields,
    ...Object.keys(parsed)
      .filter((name) => !known.has(name))
      .map(field),
  ]);
}

/**
 * Redaction comes before everything that could keep a trace of the value. Every field that is kept is stated, null where the provider said
 * nothing: to the ledger a missing field is one that the schema did not have yet.
 * @returns RFC 8785 JSON of the material and of the observed fields
 */
function textsOf(plan: Plan, parsed: { readonly [field: string]: unknown }): { material: string; observed: string } {
  let [material, observed] = ['', ''];
  for (const field of fieldsOf(plan, parsed)) {
    const value = field.redact ? field.redact(parsed[field.name]) : parsed[field.name];
    if (value === undefined && field.isDropped) continue;
    const text = `${field.label}${textOf(field, value ?? null)}`;
    if (field.isObserved) observed += observed === '' ? text : `,${text}`;
    else material += material === '' ? text : `,${text}`;
  }
  return { material: `{${material}}`, observed: `{${observed}}` };
}

function textOf({ isUnordered }: Field, value: unknown): string {
  if (!isUnordered || !Array.isArray(value)) return storableJson(value);
  const items = value
    .map((item) => storableJson(item, 1))
    .sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
  return `[${items.join(',')}]`;
}

function finish(plan: Plan, parsed: { readonly [field: string]: unknown }): Prepared {
  const raw = readKey(plan, (field) => parsed[field]);
  if (raw === undefined) return malformedGap(plan, 'a field of its key is missing');
  const key = toStoredKey(plan, raw);
  const { material, observed } = textsOf(plan, parsed);
  const bytes = Buffer.byteLength(material) + (observed === '{}' ? 0 : Buffer.byteLength(observed));
  if (bytes > maxRowBytes) {
    const detail = `The resource is ${bytes} bytes of JSON; more than ${maxRowBytes} are not kept.`;
    return { kind: 'gap', gap: prepareGap(scopeOf(plan, key), 'too_large', detail, key) };
  }
  return {
    kind: 'row',
    row: { key, keySha: keyShaOf(key), hash: sha256(material), material, observed, bytes },
    cursor: cursorOf(plan, parsed),
  };
}

function cursorOf({ type, redactions }: Plan, parsed: { readonly [field: string]: unknown }): string | null {
  if (type.cursor === undefined) return null;
  const redact = redactions.get(type.cursor);
  const cursor = redact ? redact(parsed[type.cursor]) : parsed[type.cursor];
  return typeof cursor === 'string' ? escapeText(cursor) : null;
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
