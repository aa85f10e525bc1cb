import type { StreamContext } from '@evidence-fleet/connector-sdk';
import type { GitHub } from './client.ts';

/** What one pass over a history reads. Times are ISO 8601 in seconds, as GitHub writes them. */
export interface HistoryWindow {
  readonly from: string;
  /** When the pass began, by GitHub's clock; a resumed pass keeps it. */
  readonly until: string;
  /** Whoever was not touched since has nothing new. '' on a first pass. */
  readonly touchedSince: string;
  readonly afterRepoId: number;
}

const dayMs = 86_400_000;
/** GitHub's listings lag behind its writes by moments. */
const overlapMs = 15 * 60_000;

/**
 * GitHub cannot list by when something ended or arrived, only by when it began. So every pass looks back by `shortDays`, which covers nearly
 * everything at little cost, and the first pass of each day by `longDays`, which covers the rest.
 */
export function openHistory(
  github: GitHub,
  { since, resume }: Pick<StreamContext, 'since' | 'resume'>,
  { shortDays, longDays }: { readonly shortDays: number; readonly longDays: number },
): HistoryWindow {
  const [until = inSeconds(github.clock().getTime()), repoId = '0'] = resume?.split('|') ?? [];
  const horizonMs = Date.parse(until) - github.historyDays * dayMs;
  const afterRepoId = Number(repoId);
  if (since === undefined) return { from: inSeconds(horizonMs), until, touchedSince: '', afterRepoId };
  const sinceMs = Date.parse(since);
  const shortMs = sinceMs - shortDays * dayMs;
  const isNewDay = since.slice(0, 10) !== until.slice(0, 10);
  return {
    from: inSeconds(isNewDay ? Math.min(shortMs, Math.max(horizonMs, sinceMs - longDays * dayMs)) : shortMs),
    until,
    // The first pass of the day before looked back far enough, too, so what was touched on that day has to be looked at again.
    touchedSince: inSeconds(sinceMs - (isNewDay ? 2 * dayMs : overlapMs)),
    afterRepoId,
  };
}

function inSeconds(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}
