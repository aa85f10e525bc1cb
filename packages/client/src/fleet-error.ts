import type { Problem } from './api.ts';

/** What the fleet answered in place of what it was asked for. The message says what to do. */
export class FleetError extends Error {
  override readonly name = 'FleetError';
  /** Never changes: `not_found`, `conflict`, `rate_limited`, …; `unreadable` where the answer was none of the fleet's. */
  readonly code: Problem['code'] | 'quarantined' | 'unreadable';
  /** Of HTTP; 0 where there was no answer to it. */
  readonly status: number;
  /** By which the fleet's log knows the request. */
  readonly requestId: string | undefined;
  /** What does not fit, field by field. */
  readonly errors: Problem['errors'];

  constructor(
    message: string,
    fields: {
      readonly code: FleetError['code'];
      readonly status: number;
      readonly requestId?: string | undefined;
      readonly errors?: Problem['errors'] | undefined;
    },
  ) {
    super(message);
    this.code = fields.code;
    this.status = fields.status;
    this.requestId = fields.requestId;
    this.errors = fields.errors;
  }
}

/** Of an answer that is not what was asked for. */
export async function readError(response: Response): Promise<FleetError> {
  const { status } = response;
  const requestId = response.headers.get('x-request-id') ?? undefined;
  const problem = (await response.json().catch(() => null)) as Partial<Problem> | null; // whatever stands in between may have answered
  if (problem?.code === undefined)
    return new FleetError(`The fleet could not be asked: HTTP ${status}.`, { code: 'unreadable', status, requestId });
  const message = `${problem.title ?? ''} ${problem.detail ?? ''}`.trim();
  return new FleetError(message, { code: problem.code, status, requestId, errors: problem.errors });
}
