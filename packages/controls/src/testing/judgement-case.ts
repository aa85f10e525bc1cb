import type { Status } from '../answer.ts';

/** A control, an evidence type, fields that pass, and what changes of them lead to; a field changed to undefined is left out. */
export type JudgementCase = [
  controlId: string,
  evidence: string,
  good: object,
  others: [change: object, status: Status][],
];
