import { type AppPermission, access, type GitHubEvidence, type Scope } from './permissions.ts';

/** A GitHub App to be registered: https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest */
export interface AppManifest {
  readonly name: string;
  /** The homepage of the App. */
  readonly url: string;
  /** Where GitHub sends the browser with the code that is exchanged for the App's id and private key. */
  readonly redirect_url: string;
  readonly public: false;
  readonly default_permissions: Readonly<Partial<Record<AppPermission, 'read'>>>;
  /** None: the fleet asks, and is never called. */
  readonly default_events: readonly [];
}

/** Stand where whoever registers the App writes addresses of their own. */
export const manifestPlaceholders = {
  name: 'Evidence Fleet',
  url: 'https://<your-homepage>',
  redirect_url: 'https://<your-fleet>/github/app/registered',
} as const;

/**
 * The manifest of an App that may read the chosen evidence and nothing else.
 * @param evidence names of evidence types, e.g. `github.team`; none means all of them
 * @throws Error that names a type which GitHub's connector does not collect
 */
export function appManifest(
  evidence: readonly string[],
  place: Pick<AppManifest, 'name' | 'url' | 'redirect_url'> = manifestPlaceholders,
): AppManifest {
  const permissions = distinct(chosen(evidence).flatMap((name): readonly AppPermission[] => access[name].app));
  return {
    ...place,
    public: false,
    // Metadata stands in every App's permissions, asked for or not.
    default_permissions: Object.fromEntries(distinct(['metadata', ...permissions]).map((name) => [name, 'read'])),
    default_events: [],
  };
}

/** Scopes that a classic personal access token needs for the chosen evidence, those left out that another one includes. */
export function tokenScopes(evidence: readonly string[]): readonly Scope[] {
  const scopes = distinct(chosen(evidence).flatMap((name): readonly Scope[] => access[name].scopes));
  return scopes.filter((scope) => !scopes.some((other) => included[other]?.includes(scope)));
}

/** https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps#available-scopes */
const included: Readonly<Partial<Record<Scope, readonly Scope[]>>> = {
  'admin:org': ['read:org'],
  repo: ['security_events'],
};

function chosen(evidence: readonly string[]): readonly GitHubEvidence[] {
  if (evidence.length === 0) return Object.keys(access).filter(isKnown);
  const unknown = evidence.filter((name) => !isKnown(name));
  if (unknown.length === 0) return evidence.filter(isKnown);
  throw new Error(`GitHub's connector does not collect ${unknown.join(', ')}: see "fleet connectors show github".`);
}

function isKnown(name: string): name is GitHubEvidence {
  return Object.hasOwn(access, name);
}

function distinct<T extends string>(values: readonly T[]): T[] {
  return [...new Set(values)].sort();
}
