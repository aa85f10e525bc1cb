import { Checkpoint, Expected, each, nullIf, stream } from '@evidence-fleet/connector-sdk';
import { Protection, Repository, Rule } from '../answers.ts';
import type { GitHub } from '../client.ts';
import { countShown, readCheckpoint } from '../count-shown.ts';
import { branchProtection } from '../evidence.ts';
import { organizationOf, organizationSlices, repositoriesById } from '../organizations.ts';
import { permissionsOf } from '../permissions.ts';
import { effectiveProtection, type RepositoryAnswer } from './effective-protection.ts';

export const branchProtections = stream(
  branchProtection,
  {
    slices: organizationSlices,
    permissions: permissionsOf('github.branch_protection'),
    docs: [
      'https://docs.github.com/en/rest/branches/branch-protection#get-branch-protection',
      'https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch',
    ],
    calls: {
      reads: [
        { pagesOf: 'repositories', size: 100 },
        { of: 'live repositories' },
        { of: 'live repositories with a branch' },
      ],
      proves: [1],
    },
    async probe(github: GitHub, lastKnown) {
      const repo = await github.get('GET /repositories/{id}', { id: lastKnown.repoId }, Repository);
      const isInScope = repo.owner.id === lastKnown.orgId && !repo.archived;
      return isInScope && repo.default_branch === lastKnown.branch ? readProtection(github, repo) : null;
    },
  },
  async function* (github: GitHub, { slice, resume }) {
    const { login } = await organizationOf(github, slice);
    const { repositories, total } = yield* repositoriesById(github, login);
    const after = readCheckpoint(resume);
    const passed = each(
      repositories.filter(({ id, archived }) => !archived && id > Number(after.token ?? 0)),
      (repo) => ({ scope: `repository:${repo.id}`, key: [repo.id, repo.default_branch] }),
      async function* (repo) {
        const row = await readProtection(github, repo);
        if (row !== null) yield row;
        yield new Checkpoint(String(repo.id));
      },
      { concurrency: 4 },
    );
    const shown = yield* countShown(passed, after.shown);
    // Of the repositories that GitHub counts, so many have a branch: a second pass would say nothing more.
    if (total !== null) yield new Expected(shown);
  },
);

/** null: the repository is empty, so that there is no branch to protect yet. Any other 404 stays an error. */
async function readProtection(github: GitHub, repo: RepositoryAnswer) {
  const branch = { owner: repo.owner.login, repo: repo.name, branch: repo.default_branch };
  const classic = await github
    .get('GET /repos/{owner}/{repo}/branches/{branch}/protection', branch, Protection)
    .catch(nullIf('not_found', /^branch_not_protected /)) // a fact, and rulesets may still apply
    .catch(nullIf('permission_denied', /^upgrade_required /)) // the plan knows no protection: nothing is protected
    .catch(noBranch);
  if (classic === 'no branch') return null;
  const rules = await Array.fromAsync(
    github.list('GET /repos/{owner}/{repo}/rules/branches/{branch}', branch, Rule),
  ).catch(nullIf('permission_denied', /^upgrade_required /));
  return effectiveProtection(repo, classic, rules ?? []);
}

async function noBranch(error: unknown): Promise<'no branch'> {
  nullIf('not_found', /^branch_not_found /)(error);
  return 'no branch';
}
