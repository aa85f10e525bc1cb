import type { RunSummary } from '@evidence-fleet/db';
import { type ExitCode, exitCodes } from './exit-codes.ts';

type RunState = RunSummary['state'];

/** null while it has not ended. */
export function exitCodeOf(state: RunState): ExitCode | null {
  switch (state) {
    case 'queued':
    case 'running':
    case 'waiting':
      return null;
    case 'succeeded':
      return exitCodes.ok;
    case 'partial':
      return exitCodes.syncPartial;
    case 'failed':
      return exitCodes.syncFailed;
    case 'cancelled':
      return exitCodes.syncCancelled;
  }
  return state satisfies never;
}
