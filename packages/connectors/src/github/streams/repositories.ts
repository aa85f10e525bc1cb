import { Checkpoint, Expected, stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { Repository } from '../answers.ts';
import type { GitHub } from '../client.ts';
import { repository } from '../evidence.ts';
import {
  countRepositories,
  organizationOf,
  organizationSlices,
  repositoryListing,
  silentlyPartial,
} from '../organizations.ts';
import { permissionsOf } from '../permissions.ts';

export const repositories = stream(
  repository,
  {
    slices: organizationSlices,
    permissions: permissionsOf('github.repository'),
    docs: ['https://docs.github.com/en/rest/repos/repos#list-organization-repositories'],
    calls: {
      reads: [{ pagesOf: 'repositories', size: 100 }],
      proves: [1],
    },
    async probe(github: GitHub, lastKnown) {
      // By id, so that a renamed repository is found; a 404 does not tell "gone" from "hidden" and stays an error.
      const found = await github.get('GET /repositories/{id}', { id: lastKnown.repoId }, Repository);
      return found.owner.id === lastKnown.orgId ? toRow(found) : null; // null: it was moved to another owner
    },
  },
  async function* (github: GitHub, { slice, resume }) {
    const { login } = await organizationOf(github, slice);
    const total = await countRepositories(github, login);
    if (total !== null) yield new Expected(total);
    for await (const page of github.pages('GET /orgs/{org}/repos', repositoryListing(login), Repository, resume)) {
      yield* page.items.map(toRow);
      yield* silentlyPartial(github, 'repositories');
      yield new Checkpoint(page.token);
    }
  },
);

function toRow(repo: z.output<typeof Repository>): z.input<typeof repository.schema> {
  const security = repo.security_and_analysis;
  return {
    orgId: repo.owner.id,
    repoId: repo.id,
    fullName: repo.full_name,
    visibility: repo.visibility ?? (repo.private ? 'private' : 'public'),
    archived: repo.archived,
    disabled: repo.disabled ?? false,
    fork: repo.fork,
    template: repo.is_template ?? false,
    defaultBranch: repo.default_branch,
    allowForking: repo.allow_forking ?? null,
    webCommitSignoffRequired: repo.web_commit_signoff_required ?? null,
    advancedSecurity: isEnabled(security?.advanced_security),
    secretScanning: isEnabled(security?.secret_scanning),
    secretScanningPushProtection: isEnabled(security?.secret_scanning_push_protection),
    dependabotSecurityUpdates: isEnabled(security?.dependabot_security_updates),
    createdAt: repo.created_at,
    updatedAt: repo.updated_at,
    pushedAt: repo.pushed_at,
    sizeKb: repo.size,
    stargazers: repo.stargazers_count,
    watchers: repo.watchers_count,
    forks: repo.forks_count,
    openIssues: repo.open_issues_count,
  };
}

function isEnabled(feature: { status?: string | undefined } | null | undefined): boolean | null {
  return feature?.status === undefined ? null : feature.status === 'enabled';
}
