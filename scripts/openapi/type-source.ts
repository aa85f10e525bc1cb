/** What of JSON Schema the API's description uses. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly description?: string;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
}

export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/**
 * TypeScript of an OpenAPI description: a type a schema, one of the query of each operation, and where each operation is found. The usual
 * generators are written on the compiler's JavaScript interface, which TypeScript 7 does not have.
 */
export function typeSource({ paths, components }: Description): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const parts = [
    '// Made of docs/openapi.json by `npm run docs:openapi`: changes are made in apps/api.\n',
    ...Object.entries(components.schemas).map(([name, schema]) => declaration(name, schema)),
    ...operations.flatMap(({ operation }) => queryType(operation)),
    `/** Where each operation is found. */\nexport const operations = {\n${operations
      .map(({ path, method, operation }) => `  ${operation.operationId}: { method: '${method}', path: '${path}' },\n`)
      .join('')}} as const;\n`,
  ];
  return parts.join('\n');
}

function declaration(name: string, schema: Schema): string {
  if (schema.properties === undefined) return `${comment(schema, '')}export type ${name} = ${typeOf(schema, '')};\n`;
  return `${comment(schema, '')}export interface ${name} ${fieldsOf(schema, '')}\n`;
}

function queryType({ operationId, parameters = [] }: Operation): string[] {
  const query = parameters.filter((parameter) => parameter.in === 'query');
  if (query.length === 0) return [];
  const properties = Object.fromEntries(
    query.map(({ name, schema, description }) => [name, { ...schema, ...(description && { description }) }]),
  );
  const required = query.filter((parameter) => parameter.required).map(({ name }) => name);
  const title = `${operationId[0]?.toUpperCase()}${operationId.slice(1)}Query`;
  return [declaration(title, { properties, required })];
}

function typeOf(schema: Schema, indent: string): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? 'unknown';
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ');
  if (schema.anyOf !== undefined) return schema.anyOf.map((one) => typeOf(one, indent)).join(' | ');
  if (typeof schema.type === 'object')
    return schema.type.map((type) => typeOf({ ...schema, type }, indent)).join(' | ');
  return ofType(schema, indent);
}

function ofType(schema: Schema, indent: string): string {
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array': {
      const item = typeOf(schema.items ?? {}, indent);
      return item.includes(' | ') ? `(${item})[]` : `${item}[]`;
    }
    case 'object':
      if (schema.properties !== undefined) return fieldsOf(schema, indent);
      return `{ [field: string]: ${typeof schema.additionalProperties === 'object' ? typeOf(schema.additionalProperties, indent) : 'unknown'} }`;
    default:
      return 'unknown';
  }
}

function fieldsOf({ properties = {}, required = [] }: Schema, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, schema]) => {
    const optional = required.includes(name) ? '' : '?';
    return `${comment(schema, inner)}${inner}${name}${optional}: ${typeOf(schema, inner)};\n`;
  });
  return `{\n${lines.join('')}${indent}}`;
}

function comment({ description }: Schema, indent: string): string {
  return description === undefined ? '' : `${indent}/** ${description.replaceAll('*/', '* /')} */\n`;
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}
