import type { RunProgress } from './api.ts';
import { FleetError } from './fleet-error.ts';
import { readEvents, readLines } from './read-lines.ts';
import { type ClientOptions, pause, pauseOf, type Send } from './send.ts';

/** The fleet says something every 15 s, if only that nothing is new. */
const silentMs = 45_000;

interface Watching {
  readonly signal?: AbortSignal | undefined;
  readonly lastEventId?: string | undefined;
}

/** Follows a run over any number of connections, each going on behind the last event that was heard. */
export function createWatch(send: Send, { retries = 5 }: ClientOptions) {
  return async function* watchRun(id: string, options: Watching = {}): AsyncGenerator<RunProgress, void, void> {
    const { signal } = options;
    let heard = options.lastEventId;
    for (let failures = 0; ; ) {
      try {
        const headers = heard === undefined ? {} : { 'last-event-id': heard };
        const response = await send({ operation: 'watchRun', id, headers, signal });
        if (response.status === 204) return;
        for await (const event of readEvents(readLines(response, silentMs))) {
          failures = 0;
          heard = event.id ?? heard;
          yield JSON.parse(event.data) as RunProgress; // as the description says
          if (event.event === 'end') return;
        }
      } catch (error) {
        signal?.throwIfAborted();
        failures += 1;
        if (error instanceof FleetError || failures > retries) throw error;
      }
      await pause(pauseOf(failures + 1, null), signal);
    }
  };
}

/**
 * @returns what is known at the end
 * @throws FleetError when it cannot begin before somebody acts
 */
export async function waitForEnd(
  progress: AsyncIterable<RunProgress>,
  onProgress: ((run: RunProgress) => void) | undefined,
): Promise<RunProgress> {
  let last: RunProgress | undefined;
  for await (const run of progress) {
    last = run;
    onProgress?.(run);
    if (run.state === 'queued' && run.error?.code === 'quarantined')
      throw new FleetError(run.error.message, { code: 'quarantined', status: 0 });
  }
  if (last === undefined) throw new FleetError('The fleet told nothing of the run.', { code: 'unreadable', status: 0 });
  return last;
}
