import { type EvidenceName, type EvidenceRow, evidenceTypes } from '@evidence-fleet/connectors';
import type { Answer } from './answer.ts';

/** A row as the ledger holds it: material and observed fields together. */
export type StoredFields = { readonly [field: string]: unknown };

export interface Examined {
  /** What a person calls the resource. */
  readonly resource: string;
  readonly answer: Answer;
}

/** How a control judges one evidence type. Made by `every` or `some`, which tie the row's type to the evidence's name. */
export interface Test {
  readonly evidence: EvidenceName;
  /** The connector that collects the evidence. */
  readonly connector: string;
  /** `every`: each resource answers for itself. `some`: one resource that passes is enough for the whole account. */
  readonly quantifier: 'every' | 'some';
  /** `some` only: what is wrong where everything was read and nothing passes. */
  readonly otherwise: string;
  /** null: stored by an earlier version of the evidence type, so that a field is missing or means something else. */
  examine(stored: StoredFields): Examined | null;
}

export interface Question<N extends EvidenceName> {
  /** What a person calls the resource: of material fields only, or the finding changes with every sync. */
  resource(row: EvidenceRow<N>): string;
  /** Answers for one row. Fields that the type redacts are absent, whatever their type says. */
  judge(row: EvidenceRow<N>): Answer;
}

/** Every resource of this type answers for itself. */
export function every<N extends EvidenceName>(evidence: N, question: Question<N>): Test {
  return { ...askOf(evidence, question), quantifier: 'every', otherwise: '' };
}

/**
 * One resource that passes is enough for the account, even where others could not be read.
 * @param question.otherwise the reason of the failure when everything was read and nothing passes
 */
export function some<N extends EvidenceName>(
  evidence: N,
  question: Question<N> & { readonly otherwise: string },
): Test {
  return { ...askOf(evidence, question), quantifier: 'some', otherwise: question.otherwise };
}

function askOf<N extends EvidenceName>(evidence: N, question: Question<N>) {
  const parse = parserOf(evidence);
  return {
    evidence,
    connector: evidence.slice(0, evidence.indexOf('.')),
    examine(stored: StoredFields): Examined | null {
      const row = parse(stored);
      return row && { resource: question.resource(row), answer: question.judge(row) };
    },
  };
}

function parserOf<N extends EvidenceName>(evidence: N): (stored: StoredFields) => EvidenceRow<N> | null {
  const type = evidenceTypes.get(evidence);
  if (!type) throw new Error(`No connector collects ${evidence}.`);
  const redacted = Object.fromEntries(Object.keys(type.redact ?? {}).map((field) => [field, true]));
  const schema = type.schema.omit(redacted as never); // the registry does not know the fields by name
  return (stored) => {
    const parsed = schema.safeParse(stored);
    // The seam of the registry: the map forgets which schema belongs to which name, and the name is what was looked up.
    return parsed.success ? (parsed.data as EvidenceRow<N>) : null;
  };
}
