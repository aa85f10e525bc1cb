import { type Answer, ok } from '../github/routing.ts';
import { changeBody, issueBody } from './bodies.ts';
import { parseJql } from './jql.ts';
import { behindToken, browses, type Call, type JiraRoutes, notFound, refuse } from './routing.ts';
import type { WorldIssue } from './world.ts';

const api = '/rest/api/3';

/** Searches and histories: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/ */
export const issueRoutes: JiraRoutes = [
  [`POST ${api}/search/jql`, search, 'open'],
  [`POST ${api}/jql/match`, match, 'open'],
  [`POST ${api}/changelog/bulkfetch`, changelogs, 'open'],
  [`GET ${api}/issue/:id`, issue, 'open'],
];

/** Issues of projects that the caller may browse, of these alone, and nothing is said of the rest; the oldest first. */
function visible(call: Call): WorldIssue[] {
  const projects = new Map(call.world.projects.map((project) => [project.id, project]));
  return call.world.issues
    .filter(({ projectId }) => browses(call, projects.get(projectId)))
    .sort((one, other) => (one.createdAt < other.createdAt ? -1 : 1));
}

function search(call: Call): Answer {
  const { jql, fields } = call.body;
  const condition = parseJql(call.world, String(jql), call.caller?.timeZone ?? 'UTC');
  if (condition === null) return refuse(400, 'Error in the JQL Query.');
  const wanted = Array.isArray(fields) ? fields.map(String) : ['id'];
  const most = wanted.every((name) => name === 'id') ? 5000 : 100;
  const { items, next } = behindToken(call, visible(call).filter(condition), most);
  const issues = items.map((one) => issueBody(one, wanted));
  return ok({ issues, isLast: next === undefined, ...(next === undefined ? {} : { nextPageToken: next }) });
}

function match(call: Call): Answer {
  const ids = numbersOf(call.body.issueIds);
  const matches = textsOf(call.body.jqls).map((jql) => {
    const condition = parseJql(call.world, jql, call.caller?.timeZone ?? 'UTC');
    if (condition === null) return { matchedIssues: [], errors: ['Error in the JQL Query.'] };
    const matched = visible(call).filter((one) => ids.includes(Number(one.id)) && condition(one));
    return { matchedIssues: matched.map(({ id }) => Number(id)), errors: [] };
  });
  return ok({ matches });
}

function changelogs(call: Call): Answer {
  const ids = textsOf(call.body.issueIdsOrKeys);
  const found = visible(call).filter(({ id, changes }) => ids.includes(id) && changes.length > 0);
  const all = found.flatMap(({ id, changes }) => changes.map((change) => ({ id, change })));
  const { items, next } = behindToken(call, all, 10_000);
  const byIssue = Map.groupBy(items, ({ id }) => id);
  return ok({
    issueChangeLogs: [...byIssue].map(([issueId, list]) => ({
      issueId,
      changeHistories: list.map(({ change }) => changeBody(change)),
    })),
    ...(next === undefined ? {} : { nextPageToken: next }),
  });
}

function issue(call: Call): Answer {
  const found = visible(call).find(({ id }) => id === call.parameters.id);
  return found === undefined ? notFound('issue') : ok(issueBody(found, call.query.getAll('fields')));
}

function textsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.map(String) : [];
}

function numbersOf(list: unknown): number[] {
  return Array.isArray(list) ? list.map(Number) : [];
}
