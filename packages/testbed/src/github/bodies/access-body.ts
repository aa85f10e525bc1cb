import type { Call } from '../routing.ts';
import type {
  WorldCollaborator,
  WorldOrganization,
  WorldRepository,
  WorldTeam,
  WorldUser,
  WorldWebhook,
} from '../world.ts';
import { nodeId, userBody } from './user-body.ts';

/** `team`. */
export function teamBody(call: Call, organization: WorldOrganization, team: WorldTeam) {
  const parent = organization.teams.find(({ id }) => id === team.parentId);
  return {
    ...simpleTeamBody(call, organization, team),
    parent: parent ? simpleTeamBody(call, organization, parent) : null,
  };
}

function simpleTeamBody({ apiUrl }: Call, organization: WorldOrganization, team: WorldTeam) {
  const url = `${apiUrl}/organizations/${organization.id}/team/${team.id}`;
  return {
    id: team.id,
    node_id: nodeId('T', team.id),
    url,
    html_url: `https://github.com/orgs/${organization.login}/teams/${team.slug}`,
    name: team.name,
    slug: team.slug,
    description: null,
    privacy: team.privacy,
    notification_setting: 'notifications_enabled',
    permission: 'pull',
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    type: 'organization',
  };
}

const ranks = ['read', 'triage', 'write', 'maintain', 'admin'] as const;

/** `collaborator`. */
export function collaboratorBody({ apiUrl }: Call, user: WorldUser, { role }: WorldCollaborator) {
  const has = (rank: (typeof ranks)[number]) => ranks.indexOf(role) >= ranks.indexOf(rank);
  const [pull, triage, push, maintain, admin] = ranks.map(has);
  return { ...userBody(user, apiUrl), role_name: role, permissions: { pull, triage, push, maintain, admin } };
}

/** `hook` and `org-hook`: the secret is shown as asterisks. */
export function webhookBody(
  { apiUrl }: Call,
  place: { readonly organization: WorldOrganization; readonly repository: WorldRepository | null },
  hook: WorldWebhook,
) {
  const { organization, repository } = place;
  const path = repository ? `repos/${organization.login}/${repository.name}` : `orgs/${organization.login}`;
  const url = `${apiUrl}/${path}/hooks/${hook.id}`;
  return {
    type: repository ? 'Repository' : 'Organization',
    id: hook.id,
    name: 'web',
    active: hook.active,
    events: hook.events,
    config: {
      url: hook.url,
      content_type: 'json',
      insecure_ssl: hook.verifiesCertificate ? '0' : '1',
      ...(hook.hasSecret ? { secret: '********' } : {}),
    },
    url,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    ...(repository ? { test_url: `${url}/tests`, last_response: { code: 200, status: 'active', message: 'OK' } } : {}),
    created_at: hook.createdAt,
    updated_at: hook.updatedAt,
  };
}
