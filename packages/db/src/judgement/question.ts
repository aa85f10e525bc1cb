import { Prisma } from '../database.ts';
import type { RelationState } from './relations.ts';

/** Text as it is, or a field whose text stands in its place. */
type NamePart = string | { readonly field: string };

/** What a control asks of every resource of one evidence type. */
export interface Question {
  /** Material fields that the answer depends on. */
  readonly reads: readonly string[];
  /** What a person calls the resource. */
  readonly name: readonly NamePart[];
  /** What other evidence tells of them, as it stands. */
  readonly relation?: RelationState;
}

/** All that the answer for a resource depends on: resources that share it share their answer. */
export interface Combination {
  /** The fields that are read, as stored; what a version lacks is absent. */
  readonly fields: { readonly [field: string]: unknown };
  /** The JSON type of every field in the name, null where the version lacks it. */
  readonly nameTypes: { readonly [field: string]: string | null };
  /** What other evidence tells of the resource, where the question asks for that; null: it was not read to its end. */
  readonly related?: string | null;
}

/** Between the parts of a combination as text: JSON escapes this character, so that it is in none of them. */
const separator = '\u001f';

/** The combination of version `e` as text; an absent field is empty, which no JSON is. `related`: what is told of the version. */
export function combinationText({ reads, name }: Question, related?: Prisma.Sql): Prisma.Sql {
  const parts = [
    ...reads.map((field) => Prisma.sql`coalesce((e.material -> ${field}::text)::text, '')`),
    ...namedFields(name).map((field) => Prisma.sql`coalesce(jsonb_typeof(e.material -> ${field}::text), '')`),
    ...(related === undefined ? [] : [related]),
  ];
  return parts.length === 0 ? Prisma.sql`''` : Prisma.sql`concat_ws(${separator}, ${Prisma.join(parts)})`;
}

export function parseCombination({ reads, name, relation }: Question, text: string): Combination {
  const parts = text.split(separator);
  const types = namedFields(name).map((field, index) => [field, parts[reads.length + index] || null] as const);
  return {
    fields: Object.fromEntries(reads.flatMap((field, at) => (parts[at] ? [[field, JSON.parse(parts[at])]] : []))),
    nameTypes: Object.fromEntries(types),
    ...(relation && { related: parts[reads.length + types.length] || null }),
  };
}

/** What a person calls the resource of version `e`; its key where a field of the name is absent or no text. */
export function resourceText({ name }: Question): Prisma.Sql {
  const isText = namedFields(name).map((field) => Prisma.sql`jsonb_typeof(e.material -> ${field}::text) = 'string'`);
  const parts = name.map((part) =>
    typeof part === 'string' ? Prisma.sql`${part}::text` : Prisma.sql`e.material ->> ${part.field}::text`,
  );
  return Prisma.sql`CASE WHEN ${isText.length === 0 ? Prisma.sql`true` : Prisma.join(isText, ' AND ')}
    THEN concat(${Prisma.join(parts)})
    ELSE (SELECT string_agg(part #>> '{}', '/' ORDER BY at) FROM jsonb_array_elements(e.key) WITH ORDINALITY AS k(part, at)) END`;
}

function namedFields(name: Question['name']): string[] {
  return name.flatMap((part) => (typeof part === 'string' ? [] : [part.field]));
}
