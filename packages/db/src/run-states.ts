import type { RunState } from './generated/enums.ts';

/**
 * The states of a run and the only legal steps between them.
 * queued: never claimed. running: leased by a worker. waiting: begun, and to go on later (snoozed, retried, crashed, handed over).
 */
export const transitions = {
  queued: ['running', 'cancelled'],
  running: ['waiting', 'succeeded', 'partial', 'failed', 'cancelled'],
  waiting: ['running', 'partial', 'failed', 'cancelled'],
  succeeded: [],
  partial: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<RunState, readonly RunState[]>;

export const unfinishedStates = ['queued', 'running', 'waiting'] as const satisfies readonly RunState[];

export type EndState = Exclude<RunState, (typeof unfinishedStates)[number]>;

/** The states from which `to` may be reached: what an UPDATE to `to` must find. */
export function statesBefore(to: RunState): RunState[] {
  const states = Object.keys(transitions) as RunState[]; // Object.keys widens the literal keys
  return states.filter((from) => (transitions[from] as readonly RunState[]).includes(to));
}
