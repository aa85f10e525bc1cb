import { type CallTerm, type Connector, type EvidenceType, namesIn } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';

/** A rule that every connector keeps; returns what breaks it, one sentence each. */
export interface ConnectorRule {
  readonly title: string;
  broken(connector: Connector): string[];
}

/** What can be told of a connector without a provider. */
export const connectorRules: readonly ConnectorRule[] = [
  {
    title: 'names itself and its evidence types',
    broken: ({ id, streams }) => [
      ...unless(/^[a-z][a-z0-9]*$/.test(id), `id "${id}" is not one lower-case word`),
      ...repeated(streams.map(({ evidence }) => evidence.name)).map((name) => `${name} is declared twice`),
      ...streams.flatMap(({ evidence: { name } }) =>
        unless(name.startsWith(`${id}.`) && /^[a-z0-9]+\.[a-z0-9_]+$/.test(name), `${name} is not ${id}.<thing>`),
      ),
    ],
  },
  {
    title: 'carries versions and titles',
    broken: (connector) =>
      [connector, ...connector.streams.map(({ evidence }) => evidence)].flatMap((one) => [
        ...unless(Number.isInteger(one.version) && one.version >= 1, `${one.title}: version ${one.version}`),
        ...unless(one.title.trim() !== '', 'a title is empty'),
      ]),
  },
  { title: 'names each resource by fields that are always there', broken: forEvidence(brokenKey) },
  { title: 'has a cursor where it reads on', broken: forEvidence(brokenCursor) },
  { title: 'says how long a source remembers, where it forgets', broken: forEvidence(brokenRetention) },
  { title: 'speaks only of fields that exist', broken: forEvidence(brokenFields) },
  { title: 'describes its evidence as JSON Schema', broken: forEvidence(brokenSchema) },
  {
    title: 'tells its least privilege and its documentation, stream by stream',
    broken: ({ streams }) =>
      streams.flatMap(({ evidence: { name }, permissions, docs }) => [
        ...unless(permissions.length > 0 && permissions.every((one) => one.trim() !== ''), `${name}: no permission`),
        ...unless(docs.length > 0, `${name}: no documentation`),
        ...docs.filter((url) => !isHttps(url)).map((url) => `${name}: ${url} is no https address`),
      ]),
  },
  {
    title: 'states the least number of its calls by counts that it explains',
    broken: ({ calls: { begins, counts }, streams }) => {
      const formulas = streams.map(({ evidence: { name }, calls: { reads, proves = [] } }) => {
        return { of: name, terms: [...reads, ...proves] };
      });
      const all = [{ of: 'the beginning of a run', terms: begins }, ...formulas];
      const used = new Set(all.flatMap(({ terms }) => namesIn(terms)));
      return [
        ...all.flatMap(({ of, terms }) => brokenFormula(terms, counts).map((sentence) => `${of}: ${sentence}`)),
        ...Object.keys(counts).flatMap((name) => unless(used.has(name), `"${name}" is explained and not counted by`)),
      ];
    },
  },
  {
    title: 'states documented quotas',
    broken: ({ limits, concurrency }) => [
      ...unless(limits.length > 0, 'no quota'),
      ...unless(Number.isInteger(concurrency) && concurrency >= 1, `concurrency ${concurrency}`),
      ...repeated(limits.map(({ name }) => name)).map((name) => `quota ${name} is stated twice`),
      ...limits.flatMap(({ name, requests, perMs, burst, docs }) => [
        ...unless(requests > 0 && perMs > 0 && (burst ?? 1) > 0, `quota ${name} is not positive`),
        ...unless(isHttps(docs), `quota ${name}: ${docs} is no https address`),
      ]),
    ],
  },
  {
    title: 'can be scheduled',
    broken: ({ schedule: { minHours, defaultHours, maxHours } }) =>
      unless(0 < minHours && minHours <= defaultHours && defaultHours <= maxHours, 'not min <= default <= max'),
  },
  {
    title: 'says which setting is wrong',
    broken: ({ settings, scopeSettings, generate }) => [
      ...(settings.safeParse({}).error?.issues ?? []).flatMap((issue) =>
        unless(issue.path.length > 0 && issue.message !== '', 'an error of the settings names no field'),
      ),
      ...[...scopeSettings, ...Object.keys(generate?.() ?? {})].flatMap((field) =>
        unless(Object.hasOwn(settings.shape, field), `${field} is no setting`),
      ),
    ],
  },
  {
    title: 'states the secrets of each way to authenticate',
    broken: ({ auth }) => [
      ...unless(Object.keys(auth).length > 0, 'no way to authenticate'),
      ...Object.entries(auth).flatMap(([kind, { title, secrets }]) => [
        ...unless(title.trim() !== '' && Object.keys(secrets.shape).length > 0, `${kind}: no title or no secret`),
        ...unless(!Object.hasOwn(secrets.shape, 'kind'), `${kind}: a secret may not be called kind`),
      ]),
    ],
  },
];

function forEvidence(broken: (evidence: EvidenceType) => string[]): ConnectorRule['broken'] {
  return ({ streams }) =>
    streams.flatMap(({ evidence }) => broken(evidence).map((sentence) => `${evidence.name}: ${sentence}`));
}

function brokenKey({ key, schema, observed, unordered, redact }: EvidenceType): string[] {
  return [
    ...unless(key.length > 0, 'no key'),
    ...key.flatMap((field) => [
      ...unless(Object.hasOwn(schema.shape, field), `key field ${field} is not in the schema`),
      ...unless(!accepts(schema, field, null) && !accepts(schema, field, undefined), `key field ${field} may be empty`),
      ...unless(!observed?.includes(field), `key field ${field} is observed, but a key is part of the material`),
      ...unless(!unordered?.includes(field), `key field ${field} is a list`),
      ...unless(redact?.[field] !== 'drop', `key field ${field} is dropped`),
    ]),
  ];
}

function brokenCursor({ mode, cursor, schema, redact }: EvidenceType): string[] {
  if (mode === 'snapshot') return unless(cursor === undefined, 'a snapshot has no cursor');
  if (cursor === undefined) return [`${mode} without a cursor`];
  return [
    ...unless(Object.hasOwn(schema.shape, cursor), `cursor ${cursor} is not in the schema`),
    ...unless(!accepts(schema, cursor, 0), `cursor ${cursor} is a number, but cursors are compared as text`),
    ...unless(redact?.[cursor] === undefined, `cursor ${cursor} is redacted`),
  ];
}

function brokenRetention({ mode, retention }: EvidenceType): string[] {
  if (retention === undefined) return [];
  return [
    ...unless(mode !== 'snapshot', 'a snapshot has no retention: it shows what is, not what was'),
    ...unless(Number.isInteger(retention.days) && retention.days >= 1, `a retention of ${retention.days} days`),
    ...unless(isHttps(retention.docs), `retention: ${retention.docs} is no https address`),
  ];
}

/** A field that is sometimes left out could not be told from a field that a later version adds: null says "not told". */
function brokenFields({ schema, observed, unordered, redact }: EvidenceType): string[] {
  const named = [...(observed ?? []), ...(unordered ?? []), ...Object.keys(redact ?? {})];
  return [
    ...named.filter((field) => !Object.hasOwn(schema.shape, field)).map((field) => `${field} is not in the schema`),
    ...(unordered ?? []).filter((field) => accepts(schema, field, 'x')).map((field) => `${field} is no list`),
    ...Object.entries(schema.shape).flatMap(([field, type]) => {
      const absent = z.safeParse(type, undefined);
      return unless(!absent.success || absent.data !== undefined, `${field} may be left out: make it nullable instead`);
    }),
  ];
}

function brokenSchema({ schema }: EvidenceType): string[] {
  try {
    z.toJSONSchema(schema);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function brokenFormula(terms: readonly CallTerm[], counts: Readonly<Record<string, string>>): string[] {
  const numbers = terms.flatMap((term) =>
    typeof term === 'number' ? term : 'size' in term ? term.size : (term.times ?? 1),
  );
  return [
    ...namesIn(terms).flatMap((name) => unless(Object.hasOwn(counts, name), `nobody explains "${name}"`)),
    ...numbers.flatMap((number) => unless(Number.isInteger(number) && number > 0, `counts by ${number}`)),
  ];
}

function accepts(schema: z.ZodObject, field: string, value: unknown): boolean {
  const type = schema.shape[field];
  return type !== undefined && z.safeParse(type, value).success;
}

function unless(kept: boolean, sentence: string): string[] {
  return kept ? [] : [sentence];
}

function repeated(names: readonly string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}

function isHttps(url: string): boolean {
  return URL.parse(url)?.protocol === 'https:';
}
