import { type Call, userOf } from '../routing.ts';
import type { WorldCommit, WorldOrganization, WorldRepository, WorldWorkflowRun } from '../world.ts';
import { repositoryBody } from './repository-body.ts';
import { nodeId, userBody } from './user-body.ts';

export interface Place {
  readonly organization: WorldOrganization;
  readonly repository: WorldRepository;
}

/** `workflow-run`. */
export function workflowRunBody(call: Call, { organization, repository }: Place, run: WorldWorkflowRun) {
  const path = `${organization.login}/${repository.name}`;
  const url = `${call.apiUrl}/repos/${path}/actions/runs/${run.id}`;
  const repo = repositoryBody(repository, organization, { apiUrl: call.apiUrl, isAdmin: false });
  const actor = accountOf(call, run.actorId);
  return {
    id: run.id,
    name: 'Build',
    node_id: nodeId('WFR', run.id),
    check_suite_id: run.id + 1,
    check_suite_node_id: nodeId('CS', run.id + 1),
    head_branch: repository.defaultBranch,
    head_sha: run.headSha,
    path: '.github/workflows/build.yml',
    display_title: `Run ${run.id}`,
    run_number: 1,
    run_attempt: run.attempt,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: run.workflowId,
    url,
    html_url: `https://github.com/${path}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    run_started_at: run.createdAt,
    ...(actor === null ? {} : { actor, triggering_actor: actor }),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${call.apiUrl}/repos/${path}/check-suites/${run.id + 1}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: null,
    workflow_url: `${call.apiUrl}/repos/${path}/actions/workflows/${run.workflowId}`,
    head_commit: null,
    repository: repo,
    head_repository: repo,
  };
}

/** `commit`, as listings have it. */
export function commitBody(call: Call, { organization, repository }: Place, commit: WorldCommit) {
  const path = `${organization.login}/${repository.name}`;
  const url = `${call.apiUrl}/repos/${path}/commits/${commit.sha}`;
  const person = { name: 'Somebody', email: 'somebody@example.com', date: commit.committedAt };
  const account = accountOf(call, commit.authorId);
  return {
    url,
    sha: commit.sha,
    node_id: `C_${commit.sha}`,
    html_url: `https://github.com/${path}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    commit: {
      url: `${call.apiUrl}/repos/${path}/git/commits/${commit.sha}`,
      author: person,
      committer: person,
      message: 'A change',
      comment_count: 0,
      tree: { sha: commit.sha, url: `${call.apiUrl}/repos/${path}/git/trees/${commit.sha}` },
      verification: {
        verified: commit.verified,
        reason: commit.reason,
        signature: null,
        payload: null,
        verified_at: null,
      },
    },
    author: account,
    committer: account,
    parents: [],
  };
}

function accountOf(call: Call, id: number | null) {
  const user = userOf(call, id);
  return user === null ? null : userBody(user, call.apiUrl);
}
