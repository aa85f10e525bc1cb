import type { WorldOrganization } from '../world.ts';
import { nodeId } from './user-body.ts';

/** `organization-full`; what only owners are told is left out for others. */
export function organizationBody(organization: WorldOrganization, options: { apiUrl: string; isOwner: boolean }) {
  const url = `${options.apiUrl}/orgs/${organization.login}`;
  const publicRepositories = organization.repositories.filter(({ visibility }) => visibility === 'public').length;
  return {
    login: organization.login,
    id: organization.id,
    node_id: nodeId('O', organization.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `https://avatars.githubusercontent.com/u/${organization.id}?v=4`,
    description: null,
    ...(organization.name === null ? {} : { name: organization.name }),
    html_url: `https://github.com/${organization.login}`,
    has_organization_projects: true,
    has_repository_projects: true,
    public_repos: publicRepositories,
    public_gists: 0,
    followers: 3,
    following: 0,
    type: 'Organization',
    created_at: organization.createdAt,
    updated_at: organization.updatedAt,
    archived_at: null,
    ...(options.isOwner ? ownersPart(organization, publicRepositories) : {}),
  };
}

function ownersPart(organization: WorldOrganization, publicRepositories: number) {
  return {
    total_private_repos: organization.repositories.length - publicRepositories,
    two_factor_requirement_enabled: organization.twoFactorRequired,
    default_repository_permission: organization.defaultRepositoryPermission,
    members_can_create_repositories: true,
    members_can_create_public_repositories: organization.membersCanCreatePublicRepositories,
    members_can_fork_private_repositories: false,
    web_commit_signoff_required: false,
    dependabot_alerts_enabled_for_new_repositories: organization.newRepositoriesDependabotAlerts,
    secret_scanning_enabled_for_new_repositories: false,
    secret_scanning_push_protection_enabled_for_new_repositories: false,
    plan: { name: organization.plan, space: 1000, private_repos: 9999, filled_seats: 1, seats: 5000 },
  };
}
