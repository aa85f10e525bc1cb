import type { CredentialView, Excess, Vocabulary } from './vocabulary.ts';

/** Roles that only read: https://help.okta.com/en-us/content/topics/security/administrators-admin-comparison.htm */
const reading: ReadonlySet<string> = new Set(['READ_ONLY_ADMIN', 'REPORT_ADMIN']);

/** A service app tells its scopes; an API token has none, and whatever its owner's roles allow. */
export function oktaVocabulary({ grants }: CredentialView): Vocabulary {
  const scopes = grants.filter((grant) => grant.startsWith('okta.'));
  const roles = grants.filter((grant) => grant.startsWith('role:')).map((grant) => grant.slice('role:'.length));
  const isToken = scopes.length === 0;
  return {
    needed: ({ permissions }) => permissions,
    granted: isToken ? null : scopes,
    covers: (grant, permission) => grant === permission || grant === permission.replace(/\.read$/, '.manage'),
    async excess() {
      if (roles.includes('unknown') && isToken) return null;
      return [
        ...roles.flatMap(excessOfRole),
        ...scopes.filter((scope) => scope.endsWith('.manage')).map(excessOfScope),
      ];
    },
    notes: isToken ? ['An API token may do whatever its owner may: a service app is confined to scopes.'] : [],
  };
}

function excessOfRole(role: string): Excess[] {
  // What a role of the customer's own making allows is not told.
  if (reading.has(role) || role === 'CUSTOM' || role === 'unknown') return [];
  const why = role === 'SUPER_ADMIN' ? 'may change everything in the organization' : 'may change what it is to read';
  return [{ grant: `role:${role}`, why, todo: 'Assign Read-only Administrator instead.' }];
}

function excessOfScope(grant: string): Excess {
  return { grant, why: 'may change what it is to read', todo: `Grant ${grant.replace(/manage$/, 'read')} instead.` };
}
