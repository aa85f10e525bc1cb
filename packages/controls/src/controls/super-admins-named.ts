import { fail, notApplicable, pass, unknown } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const superAdminsNamed = defineControl({
  id: 'super-admins-named',
  title: 'Super administrators are named one by one',
  description: 'No group gives the role of super administrator of Okta to its members.',
  severity: 'high',
  satisfies: [
    'soc2:CC6.3',
    'iso27001:2022:A.8.2',
    'iso27001:2022:A.5.18',
    'iso27001:2013:A.9.2.2',
    'iso27001:2013:A.9.2.3',
  ],
  freshnessHours: 26,
  remediation: {
    okta: 'Security, "Administrators", "Admins": give the role to the few people who need it by name, or a lesser role to the group, and take the role away from the group.',
  },
  tests: [
    every('okta.admin_role', {
      reads: ['role', 'status', 'assigneeType', 'assignedThrough'],
      resource: '{label} {assigneeId}',
      judge({ role, status, assigneeType, assignedThrough }) {
        if (role !== 'SUPER_ADMIN') return notApplicable('Not the role of a super administrator.');
        if (status === 'INACTIVE') return notApplicable('The assignment is not active.');
        if (assigneeType === 'group') return fail('Every member of the group is a super administrator.');
        if (assignedThrough === null) return unknown('Okta does not tell whether a group gives the role.');
        return assignedThrough === 'GROUP' ? fail('A group gives the role.') : pass;
      },
    }),
  ],
});
