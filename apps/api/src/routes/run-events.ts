import { createHash } from 'node:crypto';
import { type Database, DatabaseAwayError, type RunProgress, readRunProgress } from '@evidence-fleet/db';
import { sleep } from '@evidence-fleet/service';
import type { z } from 'zod';
import { defineStream } from '../endpoint.ts';
import { notFound } from '../problem.ts';
import { byId } from '../resources/fields.ts';
import { hasEnded, presentProgress, runProgress } from '../resources/run.ts';
import { noRun } from './runs.ts';

type Progress = z.output<typeof runProgress>;

/** Between two looks at a run; milliseconds. */
const lookEveryMs = 500;
/** A connection on which nothing is sent for longer would be closed on its way. */
const silentMs = 15_000;
/** Then the caller comes again, and its token is looked at anew. */
const longestMs = 5 * 60_000;

/**
 * Each event holds all there is to know of the run, so whoever missed some knows as much as everybody else from the next one on. The id is made
 * of what it tells: a caller that comes back is told nothing that it knows, by whichever process.
 */
export const watchRun = defineStream({
  path: '/api/v1/runs/{id}/events',
  operationId: 'watchRun',
  tag: 'Runs',
  summary: "A run's progress, as server-sent events.",
  description:
    'An event `progress` whenever something changes, and one `end` when the run has ended, after which the stream ends. Come again with the header Last-Event-ID when it breaks off before: it does so after five minutes at the latest. Answered by 204 where the end is known already.',
  scope: 'runs:read',
  params: byId,
  header: 'Last-Event-ID',
  contentType: 'text/event-stream',
  answer: runProgress,
  async stream({ database }, { params: { id: runId }, lastEventId, caller: { organizationId } }, signal) {
    const of = { organizationId, runId };
    const first = await readRunProgress(database, of);
    if (first === null) throw notFound(noRun);
    const known = tell(first);
    if (hasEnded(known.run) && known.id === lastEventId) return null;
    return events(database, of, { known, heard: lastEventId, signal });
  },
});

interface Told {
  readonly run: Progress;
  readonly id: string;
}

async function* events(
  database: Database,
  of: { readonly organizationId: string; readonly runId: string },
  { known, heard, signal }: { readonly known: Told; readonly heard: string | undefined; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  const until = Date.now() + longestMs;
  let [now, last] = [known, heard];
  let spokeAt = Date.now();
  yield 'retry: 1000\n\n';
  while (!signal.aborted) {
    const ended = hasEnded(now.run);
    if (now.id !== last || ended) {
      yield `id: ${now.id}\nevent: ${ended ? 'end' : 'progress'}\ndata: ${JSON.stringify(runProgress.parse(now.run))}\n\n`;
      [last, spokeAt] = [now.id, Date.now()];
    } else if (Date.now() - spokeAt > silentMs) {
      yield ': nothing new\n\n';
      spokeAt = Date.now();
    }
    if (ended || Date.now() > until) return;
    await sleep(lookEveryMs, signal).catch(() => undefined); // the caller is gone, or this process stops
    if (!signal.aborted) now = await look(database, of, now);
  }
}

/** While the database is away nothing is known to have changed. */
async function look(database: Database, of: Parameters<typeof readRunProgress>[1], before: Told): Promise<Told> {
  try {
    const progress = await readRunProgress(database, of);
    return progress === null ? dropped(before) : tell(progress);
  } catch (error) {
    if (error instanceof DatabaseAwayError) return before;
    throw error;
  }
}

function tell(progress: RunProgress): Told {
  const run = presentProgress(progress);
  return { run, id: idOf(run) };
}

/** A request that waited behind a run, and will not become one. */
function dropped({ run: before }: Told): Told {
  const error = { code: 'dropped', message: 'It was dropped: its integration was paused or removed before it began.' };
  const run: Progress = { ...before, state: 'cancelled', error, waitsFor: null };
  return { run, id: idOf(run) };
}

function idOf(run: Progress): string {
  return createHash('sha256').update(JSON.stringify(run)).digest('base64url').slice(0, 22);
}
