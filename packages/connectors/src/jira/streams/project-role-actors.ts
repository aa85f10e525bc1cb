import { stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { Role, RoleAddresses } from '../answers.ts';
import type { Jira } from '../client.ts';
import { eachOfList } from '../each-of-list.ts';
import { projectRoleActor } from '../evidence.ts';
import { permissions } from '../operations.ts';
import { listProjects, statusOf } from '../projects.ts';

export const projectRoleActors = stream(
  projectRoleActor,
  {
    permissions: [permissions.administer],
    docs: [
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-roles/#api-rest-api-3-project-projectidorkey-role-get',
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-roles/#api-rest-api-3-project-projectidorkey-role-id-get',
    ],
    calls: {
      reads: [{ pagesOf: 'projects', size: 100 }, { of: 'projects not deleted' }, { of: 'project roles' }],
      proves: [2],
    },
    async probe(jira: Jira, { projectId, roleId, actorType, actorId }) {
      const actors = await readRole(jira, projectId, roleId);
      return actors.find((one) => one.actorType === actorType && one.actorId === actorId) ?? null;
    },
  },
  (jira: Jira, { resume }) =>
    eachOfList(resume, {
      list: listProjects(jira),
      what: 'projects',
      idOf: ({ id }) => id,
      scopeOf: ({ id }) => `project:${id}`,
      accept: (one) => statusOf(one) !== 'deleted',
      async *rowsOf({ id }) {
        const asked = { projectIdOrKey: id };
        const roles = await jira.ask((api) => api.projectRoles.getProjectRoles(asked), RoleAddresses);
        for (const address of Object.values(roles)) {
          yield* await readRole(jira, id, Number(address.slice(address.lastIndexOf('/') + 1)));
        }
      },
    }),
);

async function readRole(jira: Jira, projectId: string, roleId: number) {
  const asked = { projectIdOrKey: projectId, id: roleId };
  const { id, name, actors } = await jira.ask((api) => api.projectRoles.getProjectRole(asked), Role);
  return actors.map((actor): z.output<typeof projectRoleActor.schema> => {
    const role = { projectId, roleId: id, roleName: name };
    if ('actorUser' in actor) return { ...role, actorType: 'user', actorId: actor.actorUser.accountId };
    return { ...role, actorType: 'group', actorId: actor.actorGroup.groupId };
  });
}
