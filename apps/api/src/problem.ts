import {
  DatabaseAwayError,
  IntegrationNotFoundError,
  IntegrationQuarantinedError,
  RequestKeyReusedError,
} from '@evidence-fleet/db';
import { z } from 'zod';
import { resources } from './resources/registry.ts';

/** Every way in which a request can fail, by a code that never changes. */
const problems = {
  invalid_request: [400, 'The request does not fit.'],
  unauthenticated: [401, 'The request carries no token that counts.'],
  forbidden: [403, 'The token may not do this.'],
  not_found: [404, 'There is no such thing.'],
  method_not_allowed: [405, 'This address does not take this method.'],
  timeout: [408, 'The request took too long to arrive.'],
  conflict: [409, 'This cannot be done as things stand.'],
  too_large: [413, 'The request is too large.'],
  unsupported_media_type: [415, 'The body is of a kind that is not read here.'],
  key_reused: [422, 'The idempotency key was used for another request.'],
  rate_limited: [429, 'The token has asked too often.'],
  headers_too_large: [431, 'The headers are too large.'],
  internal: [500, 'Something went wrong here.'],
  unavailable: [503, 'This cannot be answered at present.'],
} as const satisfies Record<string, readonly [number, string]>;

type ProblemCode = keyof typeof problems;

/** The body of every error, RFC 9457. */
export const problem = z
  .object({
    type: z.string().describe('urn:evidence-fleet:problem: and the code'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What to do about it.'),
    code: z.enum(Object.keys(problems) as [ProblemCode, ...ProblemCode[]]), // Object.keys widens the literal keys
    requestId: z.string().describe('By which the log knows the request; also the header X-Request-Id.'),
    errors: z
      .array(z.object({ in: z.enum(['path', 'query', 'header', 'body']), field: z.string(), message: z.string() }))
      .optional()
      .describe('What does not fit, field by field.'),
  })
  .register(resources, { id: 'Problem' });

export type Problem = z.output<typeof problem>;

/** Ends a request with a problem. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly errors: Problem['errors'];
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail a sentence that says what to do */
  constructor(
    code: ProblemCode,
    detail: string,
    options: {
      readonly errors?: Problem['errors'];
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }
}

export function notFound(what: string): ProblemError {
  return new ProblemError('not_found', what);
}

/** @param retryMs when to try again, milliseconds */
export function retryLater(code: 'unavailable' | 'rate_limited', detail: string, retryMs: number): ProblemError {
  return new ProblemError(code, detail, { headers: { 'retry-after': String(Math.ceil(retryMs / 1_000)) } });
}

export function problemOf({ code, message, errors }: ProblemError, requestId: string): Problem {
  const [status, title] = problems[code];
  return {
    ...{ type: `urn:evidence-fleet:problem:${code}`, title, status, detail: message, code, requestId },
    ...(errors === undefined ? {} : { errors }),
  };
}

/** Of what was thrown while a request was answered; `internal` where nobody foresaw it. */
export function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof DatabaseAwayError)
    return retryLater('unavailable', 'The database is away. Nothing was done; try again in a moment.', 2_000);
  if (error instanceof IntegrationNotFoundError)
    return notFound('There is no such integration. GET /api/v1/integrations lists those there are.');
  if (error instanceof IntegrationQuarantinedError) return new ProblemError('conflict', error.message);
  if (error instanceof RequestKeyReusedError) return new ProblemError('key_reused', error.message);
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  const refused = typeof status === 'number' ? refusals[status] : undefined;
  if (refused !== undefined) return new ProblemError(refused[0], refused[1], { cause: error });
  return new ProblemError(
    'internal',
    'It was logged under the request id; try again, and tell the operators if it stays.',
    {
      cause: error,
    },
  );
}

/** What the framework refuses before an operation sees it. */
const refusals: Readonly<Record<number, readonly [ProblemCode, string]>> = {
  400: ['invalid_request', 'The request cannot be read. Check that its address is well formed and its body is JSON.'],
  404: ['not_found', 'There is nothing at this address. GET /api/v1/openapi.json describes what there is.'],
  408: ['timeout', 'Send the whole request within 30 seconds.'],
  413: ['too_large', 'Send a body of at most 64 KB.'],
  414: ['invalid_request', 'The address is too long.'],
  415: ['unsupported_media_type', 'Send JSON, with the header Content-Type: application/json.'],
  431: ['headers_too_large', 'Send less than 16 KB of headers.'],
};
