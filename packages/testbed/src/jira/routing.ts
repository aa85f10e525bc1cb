import { type Answer, ok } from '../github/routing.ts';
import { type JiraWorld, mayBrowse, type WorldJiraUser, type WorldProject } from './world.ts';

export interface Call {
  readonly world: JiraWorld;
  /** null: a stranger, who sees what is public; here, nothing. */
  readonly caller: WorldJiraUser | null;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** Where clients reach the simulator; addresses in answers begin with it. */
  readonly apiUrl: string;
  /** The most that one page of a list holds; undefined: as many as Jira. */
  readonly mostPerPage: number | undefined;
}

/** Method and path, e.g. `GET /rest/api/3/project/:id`, the handler, and whether strangers are answered. */
export type JiraRoutes = readonly (readonly [route: string, handle: (call: Call) => Answer, open?: 'open'])[];

/** A refusal in Jira's form: https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#status-codes */
export function refuse(status: number, message: string): Answer {
  return { status, body: { errorMessages: [message], errors: {} } };
}

export const notFound = (what = 'resource'): Answer =>
  refuse(404, `The ${what} does not exist or you do not have permission to view it.`);

export const denied = (): Answer => refuse(403, 'You are not authorized to perform this action.');

export function holds({ caller }: Call, permission: 'ADMINISTER' | 'USER_PICKER'): boolean {
  return caller?.globalPermissions.includes(permission) === true;
}

/** Whether the caller may browse the project. */
export function browses({ caller }: Call, project: WorldProject | undefined): project is WorldProject {
  return caller !== null && project !== undefined && mayBrowse(project, caller.accountId);
}

/** A page by position, with the total: https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#pagination */
export function page<T>(call: Call, items: readonly T[], most: number, toBody: (item: T) => unknown): Answer {
  const startAt = Number(call.query.get('startAt') ?? 0);
  const maxResults = pageSize(call, Number(call.query.get('maxResults') ?? 50), most);
  const end = startAt + maxResults;
  const values = items.slice(startAt, end).map(toBody);
  return ok({ startAt, maxResults, total: items.length, isLast: end >= items.length, values });
}

export function pageSize({ mostPerPage }: Call, asked: number, most: number): number {
  return Math.max(1, Math.min(asked, most, mostPerPage ?? most));
}

/** The part of a list behind an opaque token. */
export function behindToken<T>(call: Call, items: readonly T[], most: number) {
  const { nextPageToken: token, maxResults: asked = 50 } = call.body;
  const start = typeof token === 'string' ? Number(Buffer.from(token, 'base64url').toString().slice(1)) : 0;
  const end = start + pageSize(call, Number(asked), most);
  const next = end < items.length ? Buffer.from(`@${end}`).toString('base64url') : undefined;
  return { items: items.slice(start, end), next };
}
