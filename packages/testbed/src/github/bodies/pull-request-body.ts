import { type Call, userOf } from '../routing.ts';
import type { WorldOrganization, WorldPullRequest, WorldRepository, WorldReview } from '../world.ts';
import { repositoryBody } from './repository-body.ts';
import { nodeId, userBody } from './user-body.ts';

interface Place {
  readonly organization: WorldOrganization;
  readonly repository: WorldRepository;
}

/** `pull-request-simple`, as listings have it: without who merged it. */
export function pullRequestBody(call: Call, { organization, repository }: Place, pull: WorldPullRequest) {
  const { apiUrl } = call;
  const path = `${organization.login}/${repository.name}`;
  const url = `${apiUrl}/repos/${path}/pulls/${pull.number}`;
  const issue = `${apiUrl}/repos/${path}/issues/${pull.number}`;
  const html = `https://github.com/${path}/pull/${pull.number}`;
  const statuses = `${apiUrl}/repos/${path}/statuses/${pull.headSha}`;
  const repo = repositoryBody(repository, organization, { apiUrl, isAdmin: false });
  const owner = { ...userBody(organization, apiUrl), type: 'Organization' };
  const reviewComment = `${apiUrl}/repos/${path}/pulls/comments{/number}`;
  return {
    url,
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: reviewComment,
    comments_url: `${issue}/comments`,
    statuses_url: statuses,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: bodyOf(call, pull.authorId),
    body: null,
    labels: [],
    milestone: null,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.state === 'closed' ? (pull.mergedAt ?? pull.updatedAt) : null,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeCommitSha,
    assignee: null,
    assignees: [],
    head: {
      label: `${organization.login}:change-${pull.number}`,
      ref: `change-${pull.number}`,
      sha: pull.headSha,
      user: owner,
      repo,
    },
    base: {
      label: `${organization.login}:${repository.defaultBranch}`,
      ref: repository.defaultBranch,
      sha: pull.headSha,
      user: owner,
      repo,
    },
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: reviewComment },
      commits: { href: `${url}/commits` },
      statuses: { href: statuses },
    },
    author_association: 'MEMBER',
    auto_merge: null,
    draft: false,
  };
}

/** `pull-request`, one alone. */
export function wholePullRequestBody(call: Call, place: Place, pull: WorldPullRequest) {
  return {
    ...pullRequestBody(call, place, pull),
    merged: pull.mergedAt !== null,
    mergeable: null,
    mergeable_state: 'unknown',
    merged_by: bodyOf(call, pull.mergedById),
    comments: 0,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: 1,
    additions: 10,
    deletions: 2,
    changed_files: 1,
  };
}

/** `pull-request-review`. */
export function reviewBody(
  call: Call,
  { organization, repository }: Place,
  pull: WorldPullRequest,
  review: WorldReview,
) {
  const path = `${organization.login}/${repository.name}`;
  const html = `https://github.com/${path}/pull/${pull.number}#pullrequestreview-${review.id}`;
  const url = `${call.apiUrl}/repos/${path}/pulls/${pull.number}`;
  return {
    id: review.id,
    node_id: nodeId('PRR', review.id),
    user: bodyOf(call, review.userId),
    body: '',
    state: review.state,
    html_url: html,
    pull_request_url: url,
    _links: { html: { href: html }, pull_request: { href: url } },
    submitted_at: pull.updatedAt,
    commit_id: review.commitSha,
    author_association: 'MEMBER',
  };
}

function bodyOf(call: Call, userId: number | null) {
  const user = userOf(call, userId);
  return user === null ? null : userBody(user, call.apiUrl);
}
