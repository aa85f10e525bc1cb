import { type GitHubWorld, generateGitHubWorld, type WorldProtection } from '@evidence-fleet/testbed';

/** The part of GitHub's organization `acme` that a newcomer meets. */
const people = ['ada', 'grace', 'linus', 'margaret'];
const guarded = ['billing', 'infrastructure'];
const unguarded = 'storefront';

const protection: WorldProtection = {
  approvals: 1,
  codeOwners: false,
  lastPush: false,
  dismissStale: true,
  enforceAdmins: true,
  checks: ['build'],
  signatures: false,
  linearHistory: true,
  forcePushes: false,
  deletions: false,
  bypassUserIds: [],
};

/** One small organization, the same at every start. Its default branches are protected, but for one. @param secret of its owner's token */
export function sandboxWorld(secret: string): GitHubWorld {
  const names = [unguarded, ...guarded];
  const counts = { repositories: names.length, members: people.length, pullRequests: 9, alerts: 3, denied: 0 };
  const world = generateGitHubWorld({ ...counts, teams: 1, outsideCollaborators: 1 });
  const [organization] = world.organizations;
  if (organization === undefined) throw new Error('a world has an organization');
  Object.assign(organization, { login: 'acme', name: 'Acme' });
  for (const [nth, login] of people.entries()) Object.assign(world.users[nth] ?? {}, { login });
  for (const [nth, name] of names.entries()) {
    const isGuarded = guarded.includes(name);
    const protectedBy = { rulesets: [], protection: isGuarded ? { ...protection } : null };
    Object.assign(organization.repositories[nth] ?? {}, { name, ...protectedBy });
  }
  return { ...world, tokens: world.tokens.map((token) => ({ ...token, secret })) };
}
