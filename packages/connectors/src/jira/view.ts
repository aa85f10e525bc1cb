import { Gap } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { MyPermissions } from './answers.ts';
import type { Jira } from './client.ts';
import { permissions } from './operations.ts';

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/ */
export const globals = { ADMINISTER: permissions.administer, USER_PICKER: permissions.users } as const;
type GlobalPermission = keyof typeof globals;

/** The global permissions that the user holds. */
export async function held(jira: Jira): Promise<readonly string[]> {
  const names = Object.keys(globals);
  const asked = await jira.ask(
    (api) => api.permissions.getMyPermissions({ permissions: names.join(',') }),
    MyPermissions,
  );
  return names.filter((name) => asked.permissions[name]?.havePermission === true);
}

/**
 * A gap over the whole listing where the user lacks a permission without which Jira shows a part of it and says nothing of the rest. To be
 * asked when the listing has answered, because a permission may have been taken away meanwhile.
 */
export async function* silentlyPartial(jira: Jira, permission: GlobalPermission, shown: string): AsyncGenerator<Gap> {
  if ((await held(jira)).includes(permission)) return;
  const detail = `Without ${globals[permission]} Jira shows ${shown} and says nothing of the rest: grant it.`;
  yield new Gap('*', 'permission_denied', detail);
}

const Total = z.object({ total: z.int().nonnegative() });

/** Of projects that are neither archived nor deleted. `action`: what the user may do with them. */
async function countProjects(jira: Jira, action: 'view' | 'browse'): Promise<number> {
  return (await jira.ask((api) => api.projects.searchProjects({ action, maxResults: 1 }), Total)).total;
}

/**
 * A search shows the issues of projects that the user may browse, and says nothing of the rest. Only who administers Jira is told which projects there
 * are. Issues of a security level that hides them from the user are not known to be there by anybody but those it admits.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-search-get
 */
export async function* hiddenIssues(jira: Jira): AsyncGenerator<Gap> {
  const all = await countProjects(jira, 'view');
  const browsed = await countProjects(jira, 'browse');
  if (browsed < all) {
    const detail = `The user may browse ${browsed} of ${all} projects, and no issue of the others is shown: grant ${permissions.browse}.`;
    yield new Gap('*', 'permission_denied', detail);
  }
  yield* silentlyPartial(jira, 'ADMINISTER', 'issues of the projects that the user may browse');
}
