import type { WorldInstallation, WorldOrganization } from '../world.ts';
import { userBody } from './user-body.ts';

/** `installation`. */
export function installationBody(installation: WorldInstallation, organization: WorldOrganization, apiUrl: string) {
  const url = `${apiUrl}/app/installations/${installation.id}`;
  return {
    id: installation.id,
    account: { ...userBody(organization, apiUrl), type: 'Organization' },
    repository_selection: selectionOf(installation),
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: `${apiUrl}/installation/repositories`,
    html_url: `https://github.com/organizations/${organization.login}/settings/installations/${installation.id}`,
    app_id: installation.appId,
    app_slug: 'evidence-fleet',
    target_id: organization.id,
    target_type: 'Organization',
    permissions: installation.permissions,
    events: [],
    created_at: '2026-01-01T08:00:00Z',
    updated_at: '2026-01-01T08:00:00Z',
    single_file_name: null,
    suspended_by: null,
    suspended_at: null,
  };
}

export function selectionOf({ repositoryIds }: WorldInstallation): 'all' | 'selected' {
  return repositoryIds === null ? 'all' : 'selected';
}
