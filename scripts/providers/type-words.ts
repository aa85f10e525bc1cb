import { z } from 'zod';

/** The part of JSON Schema that zod makes of evidence and settings. */
interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly default?: unknown;
}

export interface FieldWords {
  readonly type: string;
  readonly isOptional: boolean;
  /** As JSON; null: there is none. */
  readonly defaultValue: string | null;
}

/** Every field of a schema, in its order, in words. @param io whether what goes in is meant (defaults may be left out), or what is stored */
export function fieldsOf(schema: z.ZodType, io: 'input' | 'output'): [string, FieldWords][] {
  const json = z.toJSONSchema(schema, { unrepresentable: 'any', io }) as JsonSchema; // typed as all of JSON Schema
  return Object.entries(json.properties ?? {}).map(([name, field]) => [
    name,
    {
      type: wordsOf(field),
      isOptional: !json.required?.includes(name),
      defaultValue: field.default === undefined ? null : JSON.stringify(field.default),
    },
  ]);
}

function wordsOf(schema: JsonSchema): string {
  if (schema.anyOf !== undefined) return alternatives(schema.anyOf);
  if (Array.isArray(schema.type)) return alternatives(schema.type.map((type: string) => ({ ...schema, type })));
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  switch (schema.type) {
    case 'string':
      return { 'date-time': 'time', uri: 'address', email: 'mail address' }[schema.format ?? ''] ?? 'text';
    case 'integer':
      return 'whole number';
    case 'boolean':
      return 'yes or no';
    case 'array':
      return `list of ${wordsOf(schema.items ?? {})}`;
    case 'object':
      return objectWords(schema);
    default:
      return typeof schema.type === 'string' ? schema.type : 'anything';
  }
}

function alternatives(schemas: readonly JsonSchema[]): string {
  const [others, nulls] = [
    schemas.filter(({ type }) => type !== 'null'),
    schemas.filter(({ type }) => type === 'null'),
  ];
  return [...others.map(wordsOf), ...nulls.map(() => 'null')].join(' or ');
}

function objectWords({ properties = {} }: JsonSchema): string {
  const fields = Object.entries(properties).map(([name, field]) => `${name}: ${wordsOf(field)}`);
  return `{ ${fields.join('; ')} }`;
}
