import { Expected, type Gap } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { Project } from './answers.ts';
import type { Jira } from './client.ts';
import { pages } from './pages.ts';
import { silentlyPartial } from './view.ts';

export type ProjectAnswer = z.output<typeof Project>;

const everyStatus = { status: ['live', 'archived', 'deleted'] };
const Total = z.object({ total: z.int().nonnegative() });

/**
 * Every project, archived and deleted ones included. Their number is asked for by itself and first, so that a listing that was answered as to
 * somebody who may see less is noticed.
 */
export async function* listProjects(jira: Jira): AsyncGenerator<ProjectAnswer | Expected | Gap> {
  const { total } = await jira.ask((api) => api.projects.searchProjects({ ...everyStatus, maxResults: 1 }), Total);
  yield new Expected(total);
  const page = { ...everyStatus, maxResults: 100, expand: 'lead', orderBy: 'key' } as const;
  const listing = pages(jira, (api, startAt) => api.projects.searchProjects({ ...page, startAt }), Project);
  for await (const { items } of listing) yield* items;
  yield* silentlyPartial(jira, 'ADMINISTER', 'the projects that the user may browse');
}

export function statusOf({ archived, deleted }: ProjectAnswer): 'live' | 'archived' | 'deleted' {
  return deleted === true ? 'deleted' : archived === true ? 'archived' : 'live';
}
