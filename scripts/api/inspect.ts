import { z } from 'zod';
import type { Answer } from './wire.ts';

/** What no answer may hold. */
export interface Secrets {
  /** In every name of the other organization. */
  readonly canary: string;
  /** Every id of the other organization, in small letters. */
  readonly ids: ReadonlySet<string>;
  /** Tokens, passwords, keys, folders of this machine. */
  readonly texts: readonly string[];
}

/** RFC 9457, with what this API adds. Written down here, and not taken from the API: whoever is examined brings no measure of his own. */
const problemDocument = z.strictObject({
  type: z.string().startsWith('urn:evidence-fleet:problem:'),
  title: z.string().min(5),
  status: z.int(),
  detail: z.string().min(10),
  code: z.string().regex(/^[a-z_]+$/),
  requestId: z.string().min(1),
  errors: z
    .array(z.strictObject({ in: z.string(), field: z.string(), message: z.string().min(1) }))
    .min(1)
    .optional(),
});

const inside: readonly (readonly [string, RegExp])[] = [
  ['a stack trace', /\bat (async )?[\w.<>[\] ]*\(?(file:|node:|\/)[^\s)]*:\d+:\d+|^\s*at .+:\d+:\d+/m],
  ['a path of this machine', /\bnode_modules\b|\/(apps|packages)\/[\w-]+\/src\/|\.ts:\d+/],
  ['SQL', /\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s.+\sSET|DELETE\s+FROM|SQLSTATE)\b/i],
  [
    'the database',
    /\b(prisma|postgres(ql)?:|relation "|column "|violates|invalid input syntax|invalid byte sequence)/i,
  ],
  [
    "an error of the runtime's own",
    /\b(TypeError|SyntaxError|RangeError|ECONN[A-Z]+|ERR_[A-Z_]+|FST_ERR_[A-Z_]+|ZodError|undefined is not)\b/,
  ],
];

/**
 * Examines an answer by itself, whatever was asked.
 * @param method HEAD has no body
 * @returns what is wrong with it, a sentence each; empty: nothing
 */
export function faultsOf(answer: Answer, { secrets, method }: { secrets: Secrets; method: string }): string[] {
  const { status, headers, body } = answer;
  const faults: string[] = [];
  if (status >= 500 && status !== 503) faults.push(`a server error, ${status}`);
  if (status === 503 && headers['retry-after'] === undefined) faults.push('503 without Retry-After');
  if (headers['x-request-id'] === undefined) faults.push('no X-Request-Id');
  if (status >= 400) faults.push(...problemFaults(answer, method));
  const told = [...Object.values(headers), body, ...cursorsIn(body)].join('\n');
  for (const [what, pattern] of inside) if (pattern.test(told)) faults.push(`tells ${what}`);
  if (told.includes(secrets.canary)) faults.push('tells a name of the other organization');
  for (const [id] of told.matchAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi))
    if (secrets.ids.has(id.toLowerCase())) faults.push('tells an id of the other organization');
  if (secrets.texts.some((text) => told.includes(text))) faults.push('tells a secret, or a folder of this machine');
  return [...new Set(faults)];
}

function problemFaults({ status, headers, body }: Answer, method: string): string[] {
  if (!headers['content-type']?.startsWith('application/problem+json'))
    return [`${status} is no problem document but ${headers['content-type'] ?? 'of no type'}`];
  if (method === 'HEAD') return [];
  const parsed = problemDocument.safeParse(parse(body));
  if (!parsed.success) return [`the problem document does not fit: ${z.prettifyError(parsed.error)}`];
  const { data: problem } = parsed;
  const faults: string[] = [];
  if (problem.status !== status) faults.push('the problem document names another status');
  if (problem.type !== `urn:evidence-fleet:problem:${problem.code}`) faults.push('type and code differ');
  if (problem.requestId !== headers['x-request-id']) faults.push('the problem document names another request id');
  return faults;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // told as a document that does not fit
  }
}

/** What cursors say, opened: they are opaque, and not sealed. */
function cursorsIn(body: string): string[] {
  return [...body.matchAll(/"nextCursor":"([\w-]+)"/g)].map(([, cursor = '']) =>
    Buffer.from(cursor, 'base64url').toString(),
  );
}

/** An answer without what differs from one request to the next: two that are alike tell the same. */
export function essenceOf({ status, headers, body }: Answer): string {
  const { date: _, 'x-request-id': requestId = 'none', ...rest } = headers;
  return JSON.stringify([status, Object.entries(rest).toSorted(), body.replaceAll(requestId, '')]);
}
