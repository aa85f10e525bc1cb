import { Checkpoint, Expected, each, Gap, stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { PullRequest, Review } from '../answers.ts';
import type { GitHub } from '../client.ts';
import { countShown, readCheckpoint } from '../count-shown.ts';
import { pullRequest } from '../evidence.ts';
import { organizationOf, organizationSlices, repositoriesById } from '../organizations.ts';
import { permissionsOf } from '../permissions.ts';
import { closedPulls } from './closed-pulls.ts';
import type { RepositoryAnswer } from './effective-protection.ts';

export const pullRequests = stream(
  pullRequest,
  {
    slices: organizationSlices,
    permissions: permissionsOf('github.pull_request'),
    docs: [
      'https://docs.github.com/en/rest/pulls/pulls#list-pull-requests',
      'https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request',
      'https://docs.github.com/en/rest/pulls/reviews#list-reviews-for-a-pull-request',
    ],
    calls: {
      reads: [
        { pagesOf: 'repositories', size: 100 },
        { pagesOfEach: 'closed pull requests of a repository', size: 100 },
        { of: 'merged pull requests', times: 2 },
      ],
      proves: [1, { of: 'repositories' }],
    },
  },
  async function* (github: GitHub, { slice, since, resume }) {
    const { login } = await organizationOf(github, slice);
    const { repositories, total } = yield* repositoriesById(github, login);
    const after = readCheckpoint(resume);
    const window = openWindow(github, since, after.token);
    const passed = each(
      repositories.filter(({ id }) => id > window.afterRepoId),
      (repo) => ({ scope: `repository:${repo.id}` }),
      async function* (repo) {
        yield* mergedPullRequests(github, repo, window);
        yield new Checkpoint(`${window.until}|${repo.id}`);
      },
      { concurrency: 2 }, // two calls each,
    );
    const shown = yield* countShown(passed, after.shown);
    if (total !== null) yield new Expected(shown); // every list was held against GitHub's count
  },
);

/** GitHub's listings lag behind its writes by moments; what is read twice for it costs little. */
const overlapMs = 5 * 60_000;

interface Window {
  /** Inclusive, ISO 8601 in seconds, as GitHub writes it; so the strings compare like the times. */
  readonly from: string;
  readonly until: string;
  readonly afterRepoId: number;
}

/**
 * The pass ends at its own beginning, by GitHub's clock: what is updated while repositories are read one after the other belongs to
 * the next pass, else the highest cursor would step over a change in a repository read early. A resumed pass keeps its end.
 */
function openWindow(github: GitHub, since: string | undefined, resume: string | undefined): Window {
  const [until = inSeconds(github.clock()), repoId = '0'] = resume?.split('|') ?? [];
  const horizonMs = Date.parse(until) - github.pullRequestDays * 86_400_000;
  const fromMs = since === undefined ? horizonMs : Date.parse(since) - overlapMs;
  return { from: inSeconds(new Date(fromMs)), until, afterRepoId: Number(repoId) };
}

function inSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

async function* mergedPullRequests(github: GitHub, repo: RepositoryAnswer, { from, until }: Window) {
  const place = { owner: repo.owner.login, repo: repo.name };
  for await (const pull of closedPulls(github, repo, { from })) {
    if (pull instanceof Gap) yield pull;
    else if (pull.merged_at !== null && pull.updated_at <= until) {
      const one = { ...place, pull_number: pull.number };
      const [reviews, whole] = await Promise.all([
        Array.fromAsync(github.list('GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews', one, Review)),
        github.get('GET /repos/{owner}/{repo}/pulls/{pull_number}', one, PullRequest),
      ]);
      // The cursor is the listing's: the whole answer may be newer than `until`.
      yield toRow(repo, { ...whole, updated_at: pull.updated_at }, reviews);
    }
  }
}

function toRow(
  repo: RepositoryAnswer,
  pull: z.output<typeof PullRequest>,
  reviews: readonly z.output<typeof Review>[],
): z.input<typeof pullRequest.schema> {
  const approvals = approvalsOf(reviews);
  const { user: author, merged_by: merger } = pull;
  return {
    orgId: repo.owner.id,
    repoId: repo.id,
    repository: repo.full_name,
    number: pull.number,
    title: pull.title,
    baseBranch: pull.base.ref,
    headSha: pull.head.sha,
    authorId: author?.id ?? null,
    authorLogin: author?.login ?? null,
    createdAt: pull.created_at,
    mergedAt: pull.merged_at,
    mergeCommitSha: pull.merge_commit_sha,
    mergedById: merger?.id ?? null,
    mergedByLogin: merger?.login ?? null,
    approverIds: [...approvals.keys()],
    lastCommitApproved: [...approvals.values()].includes(pull.head.sha),
    selfMerged: author === null || merger === null ? null : author.id === merger.id,
    updatedAt: pull.updated_at,
  };
}

/** Approved commit by reviewer. Reviews come in order of time; a comment does not withdraw a verdict, everything else does. */
function approvalsOf(reviews: readonly z.output<typeof Review>[]): ReadonlyMap<number, string | null> {
  const approvals = new Map<number, string | null>();
  for (const { user, state, commit_id } of reviews) {
    if (user === null || state === 'COMMENTED' || state === 'PENDING') continue;
    if (state === 'APPROVED') approvals.set(user.id, commit_id);
    else approvals.delete(user.id);
  }
  return approvals;
}
