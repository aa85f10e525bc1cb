import { type EvidenceName, type EvidenceRow, evidenceTypes } from '@evidence-fleet/connectors';
import { type Answer, unknown } from './answer.ts';
import { type Relation, type RelationName, type Relations, relations } from './relations.ts';
import { MissingFieldError, rowReader, type StoredFields } from './stored-row.ts';

/** Text as it is, or a field whose text stands in its place. */
export type NamePart = string | { readonly field: string };

/** All that the answer for a resource depends on: resources that share it share their answer. */
export interface Combination {
  /** The fields that the test reads, as stored; what a version lacks is absent. */
  readonly fields: StoredFields;
  /** The JSON type of every field in the name, null where the version lacks it. */
  readonly nameTypes: { readonly [field: string]: string | null };
  /** What the test's relation tells, as the database answers; null: it has none, or that evidence was not read to its end. */
  readonly related?: string | null;
}

export interface Examined {
  /** What a person calls the resource; null where its fields do not say. */
  readonly resource: string | null;
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
  /** Where the answer depends on other evidence of the organization too. */
  readonly relation: Relation | null;
  /** The fields that the answer depends on, and those that make up what a person calls the resource. */
  readonly reads: readonly string[];
  readonly name: readonly NamePart[];
  /** Pure; never throws for what is stored. */
  answer(combination: Combination): Answer;
  /** The same for one row with all its fields. */
  examine(stored: StoredFields): Examined;
}

export interface Question<N extends EvidenceName, Field extends keyof EvidenceRow<N> & string> {
  /**
   * The fields that the answer depends on: as few as possible, and material ones. Resources that agree in all of them are judged once, and
   * a resource is judged anew when it has a new version.
   */
  readonly reads: readonly Field[];
  /** What a person calls the resource: a text with material fields of text in braces, `{login}`. */
  readonly resource: string;
  /** Answers for one row. */
  judge(row: Pick<EvidenceRow<N>, Field>): Answer;
}

/** A question whose answer depends on what other evidence of the organization tells of the resource. */
export interface JoinedQuestion<
  N extends EvidenceName,
  Field extends keyof EvidenceRow<N> & string,
  R extends RelationName,
> extends Omit<Question<N, Field>, 'judge'> {
  readonly relation: R;
  /** Answers for one row and what is told of it. */
  judge(row: Pick<EvidenceRow<N>, Field>, related: Relations[R]): Answer;
}

/** Every resource of this type answers for itself. */
export function every<N extends EvidenceName, const Field extends keyof EvidenceRow<N> & string>(
  evidence: N,
  question: Question<N, Field>,
): Test {
  return { ...askOf(evidence, question, null), quantifier: 'every', otherwise: '' };
}

/** Every resource of this type answers for itself, by what other evidence tells of it: unknown as long as that was not read to its end. */
export function joined<
  N extends EvidenceName,
  const Field extends keyof EvidenceRow<N> & string,
  R extends RelationName,
>(evidence: N, question: JoinedQuestion<N, Field, R>): Test {
  const relation: Relation<R> = relations[question.relation];
  const judge = (row: Pick<EvidenceRow<N>, Field>, related: string | null) => {
    if (related !== null) return question.judge(row, relation.parse(related));
    return unknown(`${relation.evidence.join(', ')}: not everything was read to its end.`);
  };
  return { ...askOf(evidence, { ...question, judge }, relation), quantifier: 'every', otherwise: '' };
}

/**
 * One resource that passes is enough for the account, even where others could not be read.
 * @param question.otherwise the reason of the failure when everything was read and nothing passes
 */
export function some<N extends EvidenceName, const Field extends keyof EvidenceRow<N> & string>(
  evidence: N,
  question: Question<N, Field> & { readonly otherwise: string },
): Test {
  return { ...askOf(evidence, question, null), quantifier: 'some', otherwise: question.otherwise };
}

function askOf<N extends EvidenceName, Field extends keyof EvidenceRow<N> & string>(
  evidence: N,
  question: Omit<Question<N, Field>, 'judge'> & {
    judge(row: Pick<EvidenceRow<N>, Field>, related: string | null): Answer;
  },
  relation: Relation | null,
) {
  const name = partsOf(question.resource);
  const named = name.flatMap((part) => (typeof part === 'string' ? [] : [part.field]));
  checkFields(evidence, question.reads, named);
  const read = rowReader(evidence, question.reads);
  const answer = ({ fields, nameTypes, related = null }: Combination): Answer => {
    const row = read(fields);
    const isOther = Object.values(nameTypes).some((type) => type !== null && type !== 'string');
    if (row === null || isOther) return unknown('Stored by an earlier version of this evidence type.');
    return answerFor(() => {
      for (const [field, type] of Object.entries(nameTypes)) if (type === null) throw new MissingFieldError(field);
      return question.judge(row, related);
    });
  };
  return {
    evidence,
    connector: evidence.slice(0, evidence.indexOf('.')),
    relation,
    reads: question.reads,
    name,
    answer,
    examine(stored: StoredFields): Examined {
      const fields = Object.fromEntries(
        question.reads.flatMap((field) => (field in stored ? [[field, stored[field]]] : [])),
      );
      const nameTypes = Object.fromEntries(
        named.map((field) => [field, field in stored ? typeof stored[field] : null]),
      );
      const isNamed = Object.values(nameTypes).every((type) => type === 'string');
      const resource = isNamed
        ? name.map((part) => (typeof part === 'string' ? part : stored[part.field])).join('')
        : null;
      return { resource, answer: answer({ fields, nameTypes }) };
    },
  };
}

/** `{login} of {organization}` in its parts. */
function partsOf(template: string): NamePart[] {
  return template
    .split(/(\{\w+\})/)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('{') ? { field: part.slice(1, -1) } : part));
}

/** A finding changes with a version of its resource only: what has no version may not be read. */
function checkFields(evidence: EvidenceName, reads: readonly string[], named: readonly string[]): void {
  const type = evidenceTypes.get(evidence);
  const wrong = [...reads, ...named].find(
    (field) => !type?.schema.shape[field] || type.observed?.includes(field) || type.redact?.[field] !== undefined,
  );
  if (wrong !== undefined) throw new Error(`${evidence} has no material field "${wrong}" that is stored as it is.`);
  const noText = named.find((field) => type?.schema.shape[field]?.def.type !== 'string');
  if (noText !== undefined)
    throw new Error(`A resource is called by fields of text, and "${noText}" of ${evidence} is none.`);
}

function answerFor(judge: () => Answer): Answer {
  try {
    return judge();
  } catch (error) {
    if (!(error instanceof MissingFieldError)) throw error;
    return unknown(`Stored before "${error.field}" was collected.`);
  }
}
