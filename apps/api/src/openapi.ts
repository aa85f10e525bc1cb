import { tokenScopes } from '@evidence-fleet/db';
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { headerSchemas } from './read-request.ts';
import { resources } from './resources/registry.ts';

type Json = { [field: string]: unknown };

/** The description of the API, OpenAPI 3.1, made of the very schemas that requests and answers pass. */
export function openapi(endpoints: readonly Endpoint[]): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Evidence Fleet',
      version: '1.0.0',
      description:
        'Syncs on demand, their runs, and the evidence that they collect. Errors are problem details (RFC 9457); each says what to do.',
    },
    servers: [{ url: '/' }],
    tags: ['Integrations', 'Runs', 'Evidence', 'Controls'].map((name) => ({ name })),
    security: [{ serviceToken: [] }],
    paths: pathsOf(endpoints),
    components: {
      schemas: componentSchemas(),
      responses: {
        Problem: {
          description: 'What went wrong, and what to do about it.',
          headers: {
            'X-Request-Id': { description: 'By which the log knows the request.', schema: { type: 'string' } },
            'Retry-After': { description: 'Seconds after which to try again (429, 503).', schema: { type: 'integer' } },
          },
          content: { 'application/problem+json': { schema: { $ref: refOf('Problem') } } },
        },
      },
      securitySchemes: {
        serviceToken: {
          type: 'http',
          scheme: 'bearer',
          description: `Made by \`fleet tokens create\`. Scopes: ${scopeSentences()}.`,
        },
      },
    },
  };
}

function scopeSentences(): string {
  return Object.entries(tokenScopes)
    .map(([scope, meaning]) => `\`${scope}\` (${meaning})`)
    .join(', ');
}

function pathsOf(endpoints: readonly Endpoint[]): Json {
  const paths: Record<string, Json> = {};
  for (const endpoint of endpoints) {
    const path = paths[endpoint.path] ?? {};
    path[endpoint.method.toLowerCase()] = operationOf(endpoint);
    paths[endpoint.path] = path;
  }
  return paths;
}

function operationOf(endpoint: Endpoint): Json {
  const { operationId, tag, summary, description, scope, params, query, header, body } = endpoint;
  const parameters = [
    ...parametersOf(params, 'path'),
    ...parametersOf(query, 'query'),
    ...(header === undefined ? [] : parametersOf(z.object({ [header]: headerSchemas[header].optional() }), 'header')),
  ];
  return {
    ...{ operationId, tags: [tag], summary },
    ...(description === undefined ? {} : { description }),
    security: [{ serviceToken: [scope] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { content: { 'application/json': { schema: schemaOf(body) } } } }),
    responses: { ...answersOf(endpoint), default: { $ref: '#/components/responses/Problem' } },
  };
}

function answersOf(endpoint: Endpoint): Json {
  const schema = { $ref: refOf(resources.get(endpoint.answer)?.id ?? '') };
  if (endpoint.kind === 'json') {
    const description = endpoint.status === 202 ? 'It is stored, and will be done.' : 'What was asked for.';
    return { [endpoint.status]: { description, content: { 'application/json': { schema } } } };
  }
  if (endpoint.contentType === 'application/jsonl')
    return { '200': { description: 'Lines of this shape.', content: { [endpoint.contentType]: { schema } } } };
  return {
    '200': { description: 'Events of this shape.', content: { [endpoint.contentType]: { schema: eventOf(schema) } } },
    '204': { description: 'The end is known already.' },
  };
}

/** One server-sent event, field by field, whose data is JSON: as OpenAPI 3.2 describes them. */
function eventOf(data: Json): Json {
  return {
    type: 'object',
    required: ['id', 'event', 'data'],
    properties: {
      id: { type: 'string' },
      event: { type: 'string', enum: ['progress', 'end'] },
      data: { type: 'string', contentMediaType: 'application/json', contentSchema: data },
    },
  };
}

function parametersOf(schema: z.ZodObject | undefined, place: 'path' | 'query' | 'header'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema) as {
    properties?: Record<string, Json>;
    required?: string[];
  }; // of an object
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    ...{ name, in: place, required: required.includes(name) },
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

/** Of what is taken. */
function schemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', override: simplify }) as Json; // plain JSON
  return rest;
}

/** Of what is answered, by name. */
function componentSchemas(): Json {
  const { schemas } = z.toJSONSchema(resources, { uri: refOf, override: simplify });
  const named = Object.entries(schemas).map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema] as const);
  return Object.fromEntries(named.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

function refOf(id: string): string {
  return `#/components/schemas/${id}`;
}

/** Formats say what their patterns do, and answers may gain fields: whoever reads them ignores what it does not know. */
function simplify({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodType;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  const isStrict =
    zodSchema._zod.def.type === 'object' && 'catchall' in zodSchema._zod.def && zodSchema._zod.def.catchall;
  if (jsonSchema.additionalProperties === false && !isStrict) delete jsonSchema.additionalProperties;
  if (jsonSchema.type === 'integer') {
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  }
}
