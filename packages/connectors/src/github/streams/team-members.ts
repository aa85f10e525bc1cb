import { Expected, each, Gap, nullIf, stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { User } from '../answers.ts';
import { type Team, TeamMembership } from '../answers-access.ts';
import type { GitHub } from '../client.ts';
import { countShown } from '../count-shown.ts';
import { countedList } from '../counted-list.ts';
import { teamMember } from '../evidence-access.ts';
import { organizationOf, organizationSlices, silentlyPartial } from '../organizations.ts';
import { ownerOnly } from '../owner-only.ts';
import { permissionsOf } from '../permissions.ts';
import { listTeams } from './teams.ts';

export const teamMembers = stream(
  teamMember,
  {
    slices: organizationSlices,
    permissions: permissionsOf('github.team_member'),
    docs: [
      'https://docs.github.com/en/rest/teams/members#list-team-members',
      'https://docs.github.com/en/rest/teams/members#get-team-membership-for-a-user',
    ],
    calls: {
      reads: [
        { pagesOf: 'teams', size: 100 },
        { pagesOfEach: 'maintainers of a team', size: 100 },
        { pagesOfEach: 'other members of a team', size: 100 },
      ],
      proves: [2, { of: 'teams', times: 2 }],
    },
    async probe(github: GitHub, lastKnown) {
      const { orgId: org_id, teamId: team_id, login: username } = lastKnown;
      const route = 'GET /organizations/{org_id}/team/{team_id}/memberships/{username}';
      // Whoever may list the members of a team is told plainly who is none: this 404 is an answer.
      const membership = await github
        .get(route, { org_id, team_id, username }, TeamMembership)
        .catch(nullIf('not_found'));
      return membership?.state === 'active' ? { ...lastKnown, role: membership.role } : null;
    },
  },
  async function* (github: GitHub, { slice }) {
    const { id: orgId, login } = await organizationOf(github, slice);
    const teams: z.output<typeof Team>[] = [];
    for await (const one of listTeams(github, login)) {
      if (one instanceof Gap) yield one;
      else teams.push(one);
    }
    const passed = each(
      teams,
      ({ id }) => ({ scope: `team:${id}` }),
      async function* (team) {
        for (const role of ['maintainer', 'member'] as const) {
          for await (const user of membersOf(github, { org: login, team, role })) {
            yield user instanceof Gap
              ? user
              : { orgId, teamId: team.id, team: team.slug, userId: user.id, login: user.login, role };
          }
        }
      },
      { concurrency: 4 },
    );
    yield new Expected(yield* countShown(passed, 0));
    yield* silentlyPartial(github, 'members');
    yield* ownerOnly(github, login, 'secret teams');
  },
);

function membersOf(
  github: GitHub,
  { org, team, role }: { readonly org: string; readonly team: z.output<typeof Team>; readonly role: string },
) {
  return countedList(github, {
    route: 'GET /orgs/{org}/teams/{team_slug}/members',
    parameters: { org, team_slug: team.slug, role },
    item: User,
    what: `${role}s of a team`,
    scope: `team:${team.id}`,
    idOf: ({ id }) => id,
  });
}
