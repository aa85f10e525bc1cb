import { type EvidenceName, type EvidenceRow, evidenceTypes } from '@evidence-fleet/connectors';

/** Fields of a row as the ledger holds them. */
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
 * Reads some fields of stored rows of one evidence type. A field that was added to the type since a version was written is absent from it
 * until the resource changes; asking for such a field throws MissingFieldError, and the others are read as ever.
 * @returns null where the fields do not mean what the type says now
 */
export function rowReader<N extends EvidenceName, Field extends keyof EvidenceRow<N> & string>(
  evidence: N,
  fields: readonly Field[],
): (stored: StoredFields) => Pick<EvidenceRow<N>, Field> | null {
  const type = evidenceTypes.get(evidence);
  if (!type) throw new Error(`No connector collects ${evidence}.`);
  const asked = type.schema.pick(Object.fromEntries(fields.map((field) => [field, true])) as never); // the registry does not know the fields by name
  const older = asked.partial();
  return (stored) => {
    const known = older.safeParse(stored);
    // The seam of the registry: the map forgets which schema belongs to which name, and the name is what was looked up.
    return known.success ? (new Proxy(known.data, refuseMissing) as Pick<EvidenceRow<N>, Field>) : null;
  };
}

const refuseMissing: ProxyHandler<StoredFields> = {
  get(row, field) {
    if (!Object.hasOwn(row, field)) throw new MissingFieldError(String(field));
    return Reflect.get(row, field);
  },
};
