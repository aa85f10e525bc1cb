import { appManifest, tokenScopes } from '@evidence-fleet/connectors';
import type { CredentialView, Excess, Vocabulary } from './vocabulary.ts';

/** An App tells its permissions with their levels, a classic token its scopes, a fine-grained token nothing. */
export function githubVocabulary({ grants }: CredentialView): Vocabulary {
  if (grants.includes('fine-grained')) return fineGrained;
  return grants.some((grant) => grant.includes('=')) ? ofApp(grants) : ofClassicToken(grants);
}

const appPermissionsOf = (type: string) => Object.keys(appManifest([type]).default_permissions);

const fineGrained: Vocabulary = {
  needed: ({ evidence }) => appPermissionsOf(evidence.name).map((name) => `${name}=read`),
  granted: null,
  covers: coversLevel,
  excess: async () => null,
  notes: [
    'GitHub does not tell what a fine-grained token may do. An App tells it: fleet connectors show github --policy',
  ],
};

function ofApp(grants: readonly string[]): Vocabulary {
  const granted = grants.filter((grant) => !grant.startsWith('repositories='));
  const isPart = grants.includes('repositories=selected');
  return {
    ...fineGrained,
    granted,
    excess: async () => granted.flatMap(excessOfLevel),
    notes: isPart ? ['The App sees selected repositories only; nothing is known of the others.'] : [],
  };
}

const levels = ['read', 'write', 'admin'];

function coversLevel(grant: string, permission: string): boolean {
  const [[name, level = ''], [wanted, least = '']] = [grant.split('='), permission.split('=')];
  return name === wanted && levels.indexOf(level) >= levels.indexOf(least);
}

function excessOfLevel(grant: string): Excess[] {
  const [name = '', level = ''] = grant.split('=');
  if (level === 'read') return [];
  return [{ grant, why: 'may change what it is to read', todo: `Set ${name} to read in the settings of the App.` }];
}

/** What else a scope includes: https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps#available-scopes */
const included: Readonly<Record<string, readonly string[]>> = {
  repo: ['repo:status', 'repo_deployment', 'public_repo', 'repo:invite', 'security_events'],
  'admin:repo_hook': ['write:repo_hook', 'read:repo_hook'],
  'write:repo_hook': ['read:repo_hook'],
  'admin:org': ['write:org', 'read:org'],
  'write:org': ['read:org'],
};

/** Scopes that let a token change something. Where reading needs one, GitHub has no smaller one for classic tokens. */
const writing =
  /^(?:repo|public_repo|user|gist|workflow|project|notifications|codespace|copilot|(?:admin|write|delete|manage_\w+):\w+|delete_repo|site_admin|audit_log)$/;

function ofClassicToken(grants: readonly string[]): Vocabulary {
  return {
    needed: ({ evidence }) => tokenScopes([evidence.name]),
    granted: grants,
    covers: (grant, permission) => grant === permission || included[grant]?.includes(permission) === true,
    excess: async () => grants.filter((grant) => writing.test(grant)).map(excessOfScope),
    notes: [],
  };
}

const least: ReadonlySet<string> = new Set(tokenScopes([]));

function excessOfScope(grant: string): Excess {
  if (!least.has(grant))
    return {
      grant,
      why: 'may change things, and no evidence needs it',
      todo: 'Make a token without it, and replace this one.',
    };
  const why = 'lets the token change what it is to read; GitHub has no smaller scope that reads this';
  return {
    grant,
    why,
    todo: 'Use a GitHub App, whose permissions are all to read: fleet connectors show github --policy',
  };
}
