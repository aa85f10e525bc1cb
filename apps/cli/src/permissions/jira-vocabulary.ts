import { jiraGlobalPermissions, jiraPermissions } from '@evidence-fleet/connectors';
import type { CredentialView, Excess, Vocabulary } from './vocabulary.ts';

/** A token may do whatever its user may. Jira tells which global permissions that user holds, and of no project whether it may be browsed. */
export function jiraVocabulary({ grants }: CredentialView): Vocabulary {
  const held = Object.entries(jiraGlobalPermissions).flatMap(([key, words]) => (grants.includes(key) ? [words] : []));
  const isChecked = grants.some((grant) => grant.startsWith('user:'));
  return {
    needed: ({ permissions }) => permissions,
    granted: isChecked ? [jiraPermissions.access, ...held] : null,
    covers: (grant, permission) => grant === permission,
    isTold: (permission) => permission !== jiraPermissions.browse,
    excess: async () => (isChecked ? grants.flatMap(excessOf) : null),
    notes: [
      'A token may do whatever its user may. What that is in single projects, e.g. to edit issues, is not compared.',
    ],
  };
}

/** https://support.atlassian.com/jira-cloud-administration/docs/manage-global-permissions/ */
function excessOf(grant: string): Excess[] {
  if (grant !== 'ADMINISTER') return [];
  return [
    {
      grant,
      why: 'may change everything in Jira; it has no smaller permission that tells all projects, roles, schemes and the audit log',
      todo: 'Give the token a user of its own, whose doings jira.audit_record shows; or take it away, and what needs it becomes a gap.',
    },
  ];
}
