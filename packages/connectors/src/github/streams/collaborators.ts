import { ConnectorError, Gap, stream } from '@evidence-fleet/connector-sdk';
import { Repository } from '../answers.ts';
import { Collaborator, CollaboratorPermission } from '../answers-access.ts';
import type { GitHub } from '../client.ts';
import { countedList } from '../counted-list.ts';
import { ofEachRepository } from '../each-repository.ts';
import { collaborator } from '../evidence-access.ts';
import { organizationSlices } from '../organizations.ts';
import { permissionsOf } from '../permissions.ts';

export const collaborators = stream(
  collaborator,
  {
    slices: organizationSlices,
    permissions: permissionsOf('github.collaborator'),
    docs: [
      'https://docs.github.com/en/rest/collaborators/collaborators#list-repository-collaborators',
      'https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user',
    ],
    calls: {
      reads: [
        { pagesOf: 'repositories', size: 100 },
        { pagesOfEach: 'collaborators of a repository', size: 100 },
      ],
      proves: [1, { of: 'repositories' }],
    },
    async probe(github: GitHub, lastKnown) {
      const repo = await github.get('GET /repositories/{id}', { id: lastKnown.repoId }, Repository);
      if (repo.owner.id !== lastKnown.orgId) return null; // it was moved to another owner
      const place = { owner: repo.owner.login, repo: repo.name, username: lastKnown.login };
      const route = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission';
      const { permission, role_name, user } = await github.get(route, place, CollaboratorPermission);
      if (permission === 'none') return null;
      if (user?.id !== lastKnown.userId)
        throw new ConnectorError('not_found', 'The login belongs to another account now; the listing has to tell.');
      if (!repo.private && role_name === 'read')
        throw new ConnectorError('not_found', 'Everybody may read a public repository; the listing has to tell.');
      return { ...lastKnown, repository: repo.full_name, role: role_name };
    },
  },
  (github: GitHub, context) =>
    ofEachRepository(github, context, {
      async *ofRepository(repo) {
        const people = countedList(github, {
          route: 'GET /repos/{owner}/{repo}/collaborators',
          parameters: { owner: repo.owner.login, repo: repo.name },
          item: Collaborator,
          what: 'collaborators',
          scope: `repository:${repo.id}`,
          idOf: ({ id }) => id,
        });
        const place = { orgId: repo.owner.id, repoId: repo.id, repository: repo.full_name };
        for await (const one of people) {
          yield one instanceof Gap ? one : { ...place, userId: one.id, login: one.login, role: one.role_name };
        }
      },
    }),
);
