import { type EvidenceName, type EvidenceRow, evidenceTypes } from '@evidence-fleet/connectors';

/** A row as the ledger holds it: material and observed fields together. */
export type StoredFields = { readonly [field: string]: unknown };

/** A control asked for a field that the stored version does not have. */
export class MissingFieldError extends Error {
  override readonly name = 'MissingFieldError';
  readonly field: string;

  constructor(field: string) {
    super(`the stored version has no field ${field}`);
    this.field = field;
  }
}

/**
 * Reads stored rows of one evidence type. A field that was added to the type since a version was written is absent from it until the
 * resource changes; asking for such a field throws MissingFieldError, and the others are read as ever.
 * @returns null where the fields do not mean what the type says now
 */
export function rowReader<N extends EvidenceName>(evidence: N): (stored: StoredFields) => EvidenceRow<N> | null {
  const type = evidenceTypes.get(evidence);
  if (!type) throw new Error(`No connector collects ${evidence}.`);
  const redacted = Object.keys(type.redact ?? {}).map((field) => [field, true]);
  const kept = type.schema.omit(Object.fromEntries(redacted) as never); // the registry does not know the fields by name
  const older = kept.partial();
  return (stored) => {
    const parsed = kept.safeParse(stored);
    // The seam of the registry: the map forgets which schema belongs to which name, and the name is what was looked up.
    if (parsed.success) return parsed.data as EvidenceRow<N>;
    const known = older.safeParse(stored);
    return known.success ? (new Proxy(known.data, refuseMissing) as EvidenceRow<N>) : null;
  };
}

const refuseMissing: ProxyHandler<StoredFields> = {
  get(row, field) {
    if (!Object.hasOwn(row, field)) throw new MissingFieldError(String(field));
    return Reflect.get(row, field);
  },
};
