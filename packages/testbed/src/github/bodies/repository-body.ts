import type { WorldOrganization, WorldRepository } from '../world.ts';
import { nodeId, userBody } from './user-body.ts';

/** `simple-repository` of GitHub's description, the part that every form has. */
export function simpleRepositoryBody(repository: WorldRepository, organization: WorldOrganization, apiUrl: string) {
  const fullName = `${organization.login}/${repository.name}`;
  const url = `${apiUrl}/repos/${fullName}`;
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: fullName,
    private: repository.visibility !== 'public',
    owner: { ...userBody(organization, apiUrl), type: 'Organization' },
    html_url: `https://github.com/${fullName}`,
    description: null,
    fork: repository.fork,
    url,
    ...linksOf(url),
  };
}

/** `repository` and `minimal-repository`; the security features only where the reader administers the repository. */
export function repositoryBody(
  repository: WorldRepository,
  organization: WorldOrganization,
  options: { readonly apiUrl: string; readonly isAdmin: boolean },
) {
  const { apiUrl, isAdmin } = options;
  const fullName = `${organization.login}/${repository.name}`;
  const html = `https://github.com/${fullName}`;
  return {
    ...simpleRepositoryBody(repository, organization, apiUrl),
    created_at: repository.createdAt,
    updated_at: repository.updatedAt,
    pushed_at: repository.pushedAt,
    git_url: `git://github.com/${fullName}.git`,
    ssh_url: `git@github.com:${fullName}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    homepage: null,
    size: repository.sizeKb,
    stargazers_count: repository.stargazers,
    watchers_count: repository.stargazers,
    language: null,
    has_issues: true,
    has_projects: false,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks_count: repository.forks,
    mirror_url: null,
    archived: repository.archived,
    disabled: false,
    open_issues_count: repository.openIssues,
    license: null,
    allow_forking: repository.visibility === 'public',
    is_template: repository.template,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.visibility,
    forks: repository.forks,
    open_issues: repository.openIssues,
    watchers: repository.stargazers,
    default_branch: repository.defaultBranch,
    permissions: { admin: isAdmin, maintain: isAdmin, push: isAdmin, triage: isAdmin, pull: true },
    ...(isAdmin ? { security_and_analysis: securityOf(repository) } : {}),
  };
}

/** A public repository has advanced security by itself, and GitHub leaves the switch out. */
function securityOf(repository: WorldRepository) {
  const status = (isOn: boolean) => ({ status: isOn ? 'enabled' : 'disabled' });
  return {
    ...(repository.visibility === 'public' ? {} : { advanced_security: status(repository.secretScanning) }),
    secret_scanning: status(repository.secretScanning),
    secret_scanning_push_protection: status(repository.pushProtection),
    dependabot_security_updates: status(repository.securityUpdates),
  };
}

function linksOf(url: string) {
  return {
    archive_url: `${url}/{archive_format}{/ref}`,
    assignees_url: `${url}/assignees{/user}`,
    blobs_url: `${url}/git/blobs{/sha}`,
    branches_url: `${url}/branches{/branch}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    comments_url: `${url}/comments{/number}`,
    commits_url: `${url}/commits{/sha}`,
    compare_url: `${url}/compare/{base}...{head}`,
    contents_url: `${url}/contents/{+path}`,
    contributors_url: `${url}/contributors`,
    deployments_url: `${url}/deployments`,
    downloads_url: `${url}/downloads`,
    events_url: `${url}/events`,
    forks_url: `${url}/forks`,
    git_commits_url: `${url}/git/commits{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    hooks_url: `${url}/hooks`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    issue_events_url: `${url}/issues/events{/number}`,
    issues_url: `${url}/issues{/number}`,
    keys_url: `${url}/keys{/key_id}`,
    labels_url: `${url}/labels{/name}`,
    languages_url: `${url}/languages`,
    merges_url: `${url}/merges`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    pulls_url: `${url}/pulls{/number}`,
    releases_url: `${url}/releases{/id}`,
    stargazers_url: `${url}/stargazers`,
    statuses_url: `${url}/statuses/{sha}`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    tags_url: `${url}/tags`,
    teams_url: `${url}/teams`,
    trees_url: `${url}/git/trees{/sha}`,
  };
}
