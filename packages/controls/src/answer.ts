/** What a control says of one resource. `unknown`: the provider did not tell, or it was not read. */
export type Status = 'pass' | 'fail' | 'unknown' | 'not_applicable';

/** A status and, unless it is a pass, a public sentence saying why. The sentence stays the same as long as its cause does. */
export interface Answer {
  readonly status: Status;
  readonly reason: string;
}

export const pass: Answer = { status: 'pass', reason: '' };

export function fail(reason: string): Answer {
  return { status: 'fail', reason };
}

export function unknown(reason: string): Answer {
  return { status: 'unknown', reason };
}

export function notApplicable(reason: string): Answer {
  return { status: 'not_applicable', reason };
}
