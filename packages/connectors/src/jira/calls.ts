import type { Connector } from '@evidence-fleet/connector-sdk';

/** A run begins with the site, the user and the global permissions of the user. */
export const jiraCalls: Connector['calls'] = {
  begins: [3],
  counts: {
    accounts: 'accounts of people and apps',
    groups: 'groups',
    'members of a group': 'members of the group, inactive ones included',
    projects: 'projects, archived and deleted ones included',
    'projects not deleted': 'projects that are not deleted',
    'project roles': 'roles of all projects that are not deleted',
    purposes: 'purposes that have a JQL',
    'issues of a purpose': 'issues that match the JQL of the purpose',
    issues: 'issues of any purpose that were updated within `issueDays`; later, since the last pass',
    'changes of a page of issues': 'changes of status and resolution of 1,000 of these issues',
    'questions for purposes': 'with several purposes, one for each 100 of these issues; with one, none',
    'audit records': 'records of the audit log within `auditDays`; later, since the last pass',
  },
};
