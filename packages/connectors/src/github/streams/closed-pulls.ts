import type { Gap } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { PullRequestSummary } from '../answers.ts';
import type { GitHub } from '../client.ts';
import { shortOf } from '../organizations.ts';
import type { RepositoryAnswer } from './effective-protection.ts';

const route = 'GET /repos/{owner}/{repo}/pulls';

/**
 * A repository's closed pull requests that were updated at `from` or later, the newest first. What is listed is held against
 * GitHub's own count, with a gap where it is less: what one pass leaves out is behind the watermark of the next and would be lost.
 */
export async function* closedPulls(
  github: GitHub,
  repo: RepositoryAnswer,
  { from }: { readonly from: string },
): AsyncGenerator<z.output<typeof PullRequestSummary> | Gap> {
  const query = { owner: repo.owner.login, repo: repo.name, state: 'closed', sort: 'updated', direction: 'desc' };
  const listed = new Set<number>();
  const short = (counted: number | null) =>
    shortOf(counted, listed.size, 'closed pull requests', `repository:${repo.id}`);
  for await (const pull of github.list(route, query, PullRequestSummary)) {
    if (listed.has(pull.number)) continue; // shown twice, because the list moved on while it was read
    listed.add(pull.number);
    if (pull.updated_at >= from) {
      yield pull;
      continue;
    }
    yield* short(await placeOf(github, query, { number: pull.number, listed: listed.size }));
    return;
  }
  yield* short(await github.count(route, query));
}

/** The place in the whole list of the last one read: it is as many as were listed, or more where the list left some out. */
async function placeOf(
  github: GitHub,
  query: Readonly<Record<string, string>>,
  { number, listed }: { number: number; listed: number },
): Promise<number> {
  const [there] = await github.get(route, { ...query, per_page: 1, page: listed }, PullRequestSummary.array());
  return there?.number === number ? listed : listed + 1;
}
