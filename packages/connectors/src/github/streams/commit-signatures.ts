import { Checkpoint, Expected, each, Gap, nullIf, stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { Commit } from '../answers-change.ts';
import type { GitHub } from '../client.ts';
import { countShown, readCheckpoint } from '../count-shown.ts';
import { countedList } from '../counted-list.ts';
import { commitSignature } from '../evidence-change.ts';
import { type HistoryWindow, openHistory } from '../history-window.ts';
import { organizationOf, organizationSlices, repositoriesById } from '../organizations.ts';
import { permissionsOf } from '../permissions.ts';
import type { RepositoryAnswer } from './effective-protection.ts';

/** A commit may reach the default branch long after it was made: the first pass of each day looks back to the horizon. */
const lookBack = { shortDays: 30, longDays: 3650 };

/** Of repositories that were pushed to since the last pass, commits of 30 days before it. */
export const commitSignatures = stream(
  commitSignature,
  {
    slices: organizationSlices,
    permissions: permissionsOf('github.commit_signature'),
    docs: ['https://docs.github.com/en/rest/commits/commits#list-commits'],
    calls: {
      reads: [
        { pagesOf: 'repositories', size: 100 },
        { pagesOfEach: 'commits of a repository with a push', size: 100 },
      ],
      proves: [1, { of: 'repositories with a push' }],
    },
  },
  async function* (github: GitHub, { slice, since, resume }) {
    const { login } = await organizationOf(github, slice);
    const { repositories, total } = yield* repositoriesById(github, login);
    const after = readCheckpoint(resume);
    const window = openHistory(github, { since, resume: after.token }, lookBack);
    const passed = each(
      repositories.filter(({ id, pushed_at }) => {
        return id > window.afterRepoId && pushed_at !== null && pushed_at >= window.touchedSince;
      }),
      (repo) => ({ scope: `repository:${repo.id}` }),
      async function* (repo) {
        yield* commits(github, repo, window);
        yield new Checkpoint(`${window.until}|${repo.id}`);
      },
      { concurrency: 4 },
    );
    const shown = yield* countShown(passed, after.shown);
    if (total !== null) yield new Expected(shown); // every list was held against GitHub's count
  },
);

async function* commits(github: GitHub, repo: RepositoryAnswer, { from, until }: HistoryWindow) {
  const listing = countedList(github, {
    route: 'GET /repos/{owner}/{repo}/commits',
    parameters: { owner: repo.owner.login, repo: repo.name, sha: repo.default_branch, since: from },
    item: Commit,
    what: 'commits',
    scope: `repository:${repo.id}`,
    idOf: ({ sha }) => sha,
  });
  try {
    for await (const commit of listing) yield commit instanceof Gap ? commit : toRow(repo, commit, until);
  } catch (error) {
    nullIf('not_found', /^repository_empty /)(error); // tags may have been pushed, and no branch
  }
}

function toRow(
  repo: RepositoryAnswer,
  { sha, commit, author, committer }: z.output<typeof Commit>,
  readAt: string,
): z.input<typeof commitSignature.schema> {
  return {
    orgId: repo.owner.id,
    repoId: repo.id,
    repository: repo.full_name,
    branch: repo.default_branch,
    sha,
    authorId: author?.id ?? null,
    authorLogin: author?.login ?? null,
    committerId: committer?.id ?? null,
    committedAt: commit.committer.date,
    verified: commit.verification.verified,
    reason: commit.verification.reason,
    readAt,
  };
}
