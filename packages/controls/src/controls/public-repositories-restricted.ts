import { fail, pass, unknown } from '../answer.ts';
import { defineControl } from '../control.ts';
import { every } from '../quantifiers.ts';

export const publicRepositoriesRestricted = defineControl({
  id: 'public-repositories-restricted',
  title: 'Members cannot publish repositories on their own',
  description: 'Only owners of an organization at GitHub can create public repositories in it.',
  severity: 'medium',
  satisfies: ['soc2:CC6.1', 'iso27001:2022:A.8.4', 'iso27001:2022:A.8.12', 'iso27001:2013:A.9.4.5'],
  freshnessHours: 26,
  remediation: {
    github: 'Organization settings, "Member privileges", "Repository creation": take away "Public".',
  },
  tests: [
    every('github.organization', {
      reads: ['membersCanCreateRepositories', 'membersCanCreatePublicRepositories'],
      resource: '{login}',
      judge({ membersCanCreateRepositories: any, membersCanCreatePublicRepositories: open }) {
        if (any === false || open === false) return pass;
        if (any === null || open === null)
          return unknown('GitHub does not tell this credential what members may create.');
        return fail('Every member can create public repositories.');
      },
    }),
  ],
});
