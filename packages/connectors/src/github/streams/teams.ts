import { Expected, Gap, stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { Team } from '../answers-access.ts';
import type { GitHub } from '../client.ts';
import { countedList } from '../counted-list.ts';
import { team } from '../evidence-access.ts';
import { organizationOf, organizationSlices, silentlyPartial } from '../organizations.ts';
import { ownerOnly } from '../owner-only.ts';
import { permissionsOf } from '../permissions.ts';

export const teams = stream(
  team,
  {
    slices: organizationSlices,
    permissions: permissionsOf('github.team'),
    docs: ['https://docs.github.com/en/rest/teams/teams#list-teams'],
    calls: {
      reads: [{ pagesOf: 'teams', size: 100 }],
      proves: [2],
    },
    async probe(github: GitHub, { orgId, teamId }) {
      // By id, so that a renamed team is found; a 404 does not tell "gone" from "hidden" and stays an error.
      const found = await github.get(
        'GET /organizations/{org_id}/team/{team_id}',
        { org_id: orgId, team_id: teamId },
        Team,
      );
      return toRow(orgId, found);
    },
  },
  async function* (github: GitHub, { slice }) {
    const { id: orgId, login } = await organizationOf(github, slice);
    let shown = 0;
    for await (const one of listTeams(github, login)) {
      if (!(one instanceof Gap)) shown += 1;
      yield one instanceof Gap ? one : toRow(orgId, one);
    }
    yield new Expected(shown);
    yield* silentlyPartial(github, 'members');
    yield* ownerOnly(github, login, 'secret teams');
  },
);

export function listTeams(github: GitHub, login: string) {
  return countedList(github, {
    route: 'GET /orgs/{org}/teams',
    parameters: { org: login },
    item: Team,
    what: 'teams',
    scope: '*',
    idOf: ({ id }) => id,
  });
}

function toRow(orgId: number, { id, slug, name, privacy, parent }: z.output<typeof Team>) {
  return { orgId, teamId: id, slug, name, privacy: privacy ?? null, parentId: parent?.id ?? null };
}
