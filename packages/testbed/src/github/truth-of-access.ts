import { sorted, type TrueEvidence } from './truth-of-repository.ts';
import type { WorldOrganization, WorldWebhook } from './world.ts';

type Logins = ReadonlyMap<number, string>;

/** Teams, people from outside, collaborators and webhooks. */
export function truthOfAccess(organization: WorldOrganization, logins: Logins): TrueEvidence[] {
  const orgId = organization.id;
  return [
    ...truthOfTeams(organization, logins),
    ...organization.outsideCollaborators.map(({ userId, twoFactor }) => ({
      type: 'github.outside_collaborator',
      key: [orgId, userId],
      material: { orgId, userId, login: logins.get(userId), twoFactor },
    })),
    ...organization.webhooks.map((hook) => truthOfWebhook({ orgId, repoId: null, repository: null }, hook)),
    ...organization.repositories.flatMap((one) => {
      const named = { orgId, repoId: one.id, repository: `${organization.login}/${one.name}` };
      return [
        ...one.webhooks.map((hook) => truthOfWebhook(named, hook)),
        ...one.collaborators.map(({ userId, role }) => ({
          type: 'github.collaborator',
          key: [one.id, userId],
          material: { ...named, userId, login: logins.get(userId), role },
        })),
      ];
    }),
  ];
}

function truthOfTeams({ id: orgId, teams }: WorldOrganization, logins: Logins): TrueEvidence[] {
  return teams.flatMap(({ id: teamId, slug, name, privacy, parentId, members }) => [
    { type: 'github.team', key: [orgId, teamId], material: { orgId, teamId, slug, name, privacy, parentId } },
    ...members.map(({ userId, role }) => ({
      type: 'github.team_member',
      key: [teamId, userId],
      material: { orgId, teamId, team: slug, userId, login: logins.get(userId), role },
    })),
  ]);
}

function truthOfWebhook(place: object, hook: WorldWebhook): TrueEvidence {
  const [, scheme, host] = /^(\w+):\/\/([^/]+)/.exec(hook.url) ?? [];
  return {
    type: 'github.webhook',
    key: [hook.id],
    material: {
      ...place,
      hookId: hook.id,
      active: hook.active,
      events: sorted(hook.events),
      host,
      encrypted: scheme === 'https',
      hasSecret: hook.hasSecret,
      verifiesCertificate: hook.verifiesCertificate,
      createdAt: hook.createdAt,
    },
  };
}
