import { Expected, stream } from '@evidence-fleet/connector-sdk';
import type { GitHub } from '../client.ts';
import { organization } from '../evidence.ts';
import { organizationOf, organizationSlices } from '../organizations.ts';
import { permissionsOf } from '../permissions.ts';

export const organizations = stream(
  organization,
  {
    slices: organizationSlices,
    permissions: permissionsOf('github.organization'),
    docs: ['https://docs.github.com/en/rest/orgs/orgs#get-an-organization'],
    calls: { reads: [] },
  },
  async function* (github: GitHub, { slice }) {
    const org = await organizationOf(github, slice);
    yield new Expected(1);
    yield {
      orgId: org.id,
      login: org.login,
      name: org.name ?? null,
      twoFactorRequired: org.two_factor_requirement_enabled ?? null,
      defaultRepositoryPermission: org.default_repository_permission ?? null,
      membersCanCreateRepositories: org.members_can_create_repositories ?? null,
      membersCanCreatePublicRepositories: org.members_can_create_public_repositories ?? null,
      membersCanForkPrivateRepositories: org.members_can_fork_private_repositories ?? null,
      webCommitSignoffRequired: org.web_commit_signoff_required ?? null,
      newRepositoriesDependabotAlerts: org.dependabot_alerts_enabled_for_new_repositories ?? null,
      newRepositoriesSecretScanning: org.secret_scanning_enabled_for_new_repositories ?? null,
      newRepositoriesPushProtection: org.secret_scanning_push_protection_enabled_for_new_repositories ?? null,
      plan: org.plan?.name ?? null,
      createdAt: org.created_at,
      updatedAt: org.updated_at,
      publicRepositories: org.public_repos,
      privateRepositories: org.total_private_repos ?? null,
    };
  },
);
