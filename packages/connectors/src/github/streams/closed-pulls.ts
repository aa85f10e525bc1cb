import type { Gap } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { PullRequestSummary } from '../answers.ts';
import type { GitHub } from '../client.ts';
import { newestFirst } from '../newest-first.ts';
import type { RepositoryAnswer } from './effective-protection.ts';

/** A repository's closed pull requests that were updated at `from` or later, the newest first. */
export function closedPulls(
  github: GitHub,
  repo: RepositoryAnswer,
  { from }: { readonly from: string },
): AsyncGenerator<z.output<typeof PullRequestSummary> | Gap> {
  const place = { owner: repo.owner.login, repo: repo.name };
  return newestFirst(github, {
    route: 'GET /repos/{owner}/{repo}/pulls',
    parameters: { ...place, state: 'closed', sort: 'updated', direction: 'desc' },
    item: PullRequestSummary,
    what: 'closed pull requests',
    scope: `repository:${repo.id}`,
    idOf: (pull) => pull.number,
    timeOf: (pull) => pull.updated_at,
    from,
  });
}
