import { Expected, Gap, stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { Project } from '../answers.ts';
import type { Jira } from '../client.ts';
import { project } from '../evidence.ts';
import { permissions } from '../operations.ts';
import { listProjects, type ProjectAnswer, statusOf } from '../projects.ts';

export const projects = stream(
  project,
  {
    permissions: [permissions.administer],
    docs: [
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-search-get',
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-projectidorkey-get',
    ],
    calls: {
      reads: [{ pagesOf: 'projects', size: 100 }],
      proves: [2],
    },
    async probe(jira: Jira, { projectId }) {
      // A 404 does not tell "gone" from "hidden" and stays an error.
      const asked = { projectIdOrKey: projectId, expand: 'lead' };
      return toRow(await jira.ask((api) => api.projects.getProject(asked), Project));
    },
  },
  async function* (jira: Jira) {
    for await (const one of listProjects(jira)) {
      yield one instanceof Gap || one instanceof Expected ? one : toRow(one);
    }
  },
);

function toRow(one: ProjectAnswer): z.input<typeof project.schema> {
  return {
    projectId: one.id,
    projectKey: one.key,
    name: one.name,
    type: one.projectTypeKey ?? null,
    style: one.style ?? null,
    isPrivate: one.isPrivate ?? null,
    status: statusOf(one),
    leadAccountId: one.lead?.accountId ?? null,
  };
}
