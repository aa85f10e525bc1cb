import type { EvidenceName, EvidenceRow } from '@evidence-fleet/connectors';
import { type Answer, unknown } from './answer.ts';
import { MissingFieldError, rowReader, type StoredFields } from './stored-row.ts';

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
  /** null: stored by an earlier version of the evidence type, whose fields meant something else. */
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
  const read = rowReader(evidence);
  return {
    evidence,
    connector: evidence.slice(0, evidence.indexOf('.')),
    examine(stored: StoredFields): Examined | null {
      const row = read(stored);
      return row && { resource: question.resource(row), answer: answerFor(row, question) };
    },
  };
}

function answerFor<N extends EvidenceName>(row: EvidenceRow<N>, question: Question<N>): Answer {
  try {
    return question.judge(row);
  } catch (error) {
    if (!(error instanceof MissingFieldError)) throw error;
    return unknown(`Stored before "${error.field}" was collected.`);
  }
}
