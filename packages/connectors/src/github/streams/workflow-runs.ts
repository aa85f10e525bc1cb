import { Checkpoint, Expected, each, Gap, stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { WorkflowRun } from '../answers-change.ts';
import type { GitHub } from '../client.ts';
import { countShown, readCheckpoint } from '../count-shown.ts';
import { workflowRun } from '../evidence-change.ts';
import { type HistoryWindow, openHistory } from '../history-window.ts';
import { newestFirst } from '../newest-first.ts';
import { organizationOf, organizationSlices, repositoriesById } from '../organizations.ts';
import { permissionsOf } from '../permissions.ts';
import type { RepositoryAnswer } from './effective-protection.ts';

/**
 * A run lasts for 35 days at most, and may be started again within 30: so far the first pass of each day looks back.
 * https://docs.github.com/en/actions/reference/limits
 * https://docs.github.com/en/actions/how-tos/manage-workflow-runs/re-run-workflows-and-jobs
 */
const lookBack = { shortDays: 1, longDays: 65 };

/** Runs back to a day before the last pass. */
export const workflowRuns = stream(
  workflowRun,
  {
    slices: organizationSlices,
    permissions: permissionsOf('github.workflow_run'),
    docs: ['https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository'],
    calls: {
      reads: [
        { pagesOf: 'repositories', size: 100 },
        { pagesOfEach: 'workflow runs of a repository', size: 100 },
      ],
      proves: [1, { of: 'repositories' }],
    },
  },
  async function* (github: GitHub, { slice, since, resume }) {
    const { login } = await organizationOf(github, slice);
    const { repositories, total } = yield* repositoriesById(github, login);
    const after = readCheckpoint(resume);
    const window = openHistory(github, { since, resume: after.token }, lookBack);
    const passed = each(
      repositories.filter(({ id }) => id > window.afterRepoId),
      (repo) => ({ scope: `repository:${repo.id}` }),
      async function* (repo) {
        yield* endedRuns(github, repo, window);
        yield new Checkpoint(`${window.until}|${repo.id}`);
      },
      { concurrency: 4 },
    );
    const shown = yield* countShown(passed, after.shown);
    if (total !== null) yield new Expected(shown); // every list was held against GitHub's count
  },
);

async function* endedRuns(github: GitHub, repo: RepositoryAnswer, { from, until }: HistoryWindow) {
  const runs = newestFirst(github, {
    route: 'GET /repos/{owner}/{repo}/actions/runs',
    parameters: { owner: repo.owner.login, repo: repo.name, exclude_pull_requests: 'true' },
    item: WorkflowRun,
    what: 'workflow runs',
    scope: `repository:${repo.id}`,
    idOf: ({ id }) => id,
    timeOf: ({ created_at }) => created_at,
    from,
  });
  for await (const run of runs) {
    if (run instanceof Gap) yield run;
    else if (run.status === 'completed' && run.conclusion !== null) yield toRow(repo, run, run.conclusion, until);
  }
}

function toRow(
  repo: RepositoryAnswer,
  run: z.output<typeof WorkflowRun>,
  conclusion: string,
  readAt: string,
): z.input<typeof workflowRun.schema> {
  return {
    orgId: repo.owner.id,
    repoId: repo.id,
    repository: repo.full_name,
    runId: run.id,
    workflowId: run.workflow_id,
    path: run.path,
    name: run.name ?? null,
    event: run.event,
    branch: run.head_branch,
    headSha: run.head_sha,
    conclusion,
    attempt: run.run_attempt ?? null,
    actorId: run.actor?.id ?? null,
    createdAt: run.created_at,
    startedAt: run.run_started_at ?? null,
    readAt,
  };
}
