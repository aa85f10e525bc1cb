import { truthOfAccess } from './truth-of-access.ts';
import { truthOfHistory, truthOfRulesets } from './truth-of-history.ts';
import { type TrueEvidence, truthOfAlert, truthOfProtection, truthOfPullRequest } from './truth-of-repository.ts';
import type { GitHubWorld, WorldOrganization, WorldRepository } from './world.ts';

/**
 * What the ledger must hold of one organization, worked out from the world without the connector's code. Refused parts are left
 * out, unlisted repositories are not: they exist. Lists whose order means nothing are sorted by their JSON, as the ledger has them.
 * @param login the organization; without it, all of them
 */
export function githubTruth(world: GitHubWorld, login?: string): TrueEvidence[] {
  const logins = new Map(world.users.map((user) => [user.id, user.login]));
  return world.organizations
    .filter((organization) => login === undefined || organization.login === login)
    .flatMap((organization) => [
      truthOfOrganization(organization),
      ...truthOfMembers(organization, logins),
      ...truthOfAccess(organization, logins),
      ...truthOfRulesets(organization),
      ...organization.repositories.flatMap((repository) => truthOfRepository(organization, repository, logins)),
    ]);
}

function truthOfOrganization(organization: WorldOrganization): TrueEvidence {
  return {
    type: 'github.organization',
    key: [organization.id],
    material: {
      orgId: organization.id,
      login: organization.login,
      name: organization.name,
      twoFactorRequired: organization.twoFactorRequired,
      defaultRepositoryPermission: organization.defaultRepositoryPermission,
      membersCanCreateRepositories: true,
      membersCanCreatePublicRepositories: organization.membersCanCreatePublicRepositories,
      membersCanForkPrivateRepositories: false,
      webCommitSignoffRequired: false,
      newRepositoriesDependabotAlerts: organization.newRepositoriesDependabotAlerts,
      newRepositoriesSecretScanning: false,
      newRepositoriesPushProtection: false,
      plan: organization.plan,
      createdAt: organization.createdAt,
    },
  };
}

function truthOfMembers(organization: WorldOrganization, logins: ReadonlyMap<number, string>): TrueEvidence[] {
  return organization.members.map(({ userId, role, twoFactor }) => ({
    type: 'github.org_member',
    key: [organization.id, userId],
    material: { orgId: organization.id, userId, login: logins.get(userId), role, twoFactor },
  }));
}

function truthOfRepository(
  organization: WorldOrganization,
  repository: WorldRepository,
  logins: ReadonlyMap<number, string>,
): TrueEvidence[] {
  const { id: repoId, visibility } = repository;
  const place = { orgId: organization.id, repoId };
  const fullName = `${organization.login}/${repository.name}`;
  const evidence: TrueEvidence[] = [
    {
      type: 'github.repository',
      key: [repoId],
      material: {
        ...place,
        fullName,
        visibility,
        archived: repository.archived,
        disabled: false,
        fork: repository.fork,
        template: repository.template,
        defaultBranch: repository.defaultBranch,
        allowForking: visibility === 'public',
        webCommitSignoffRequired: false,
        advancedSecurity: visibility === 'public' ? null : repository.secretScanning,
        secretScanning: repository.secretScanning,
        secretScanningPushProtection: repository.pushProtection,
        dependabotSecurityUpdates: repository.securityUpdates,
        createdAt: repository.createdAt,
      },
    },
  ];
  const named = { ...place, repository: fullName };
  evidence.push(...truthOfHistory(repository, { named, logins }));
  if (!repository.archived && !repository.empty && repository.denied.protection === undefined) {
    evidence.push(truthOfProtection(repository, named));
  }
  if (!organization.deniedAlerts) {
    evidence.push(...repository.alerts.map((alert) => truthOfAlert(alert, named)));
  }
  if (repository.denied.pulls === undefined) {
    const merged = repository.pullRequests.filter(({ mergedAt }) => mergedAt !== null);
    evidence.push(...merged.map((pull) => truthOfPullRequest(pull, repository, { named, logins })));
  }
  return evidence;
}
