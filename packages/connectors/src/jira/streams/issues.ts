import { Checkpoint, Gap, stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { Issue } from '../answers.ts';
import type { Jira } from '../client.ts';
import { issue } from '../evidence.ts';
import { inUtc, touchedIssues } from '../issue-search.ts';
import { purposesById } from '../matching.ts';
import { mentionsIn } from '../mentions.ts';
import { permissions } from '../operations.ts';
import { type Purpose, purposesOf } from '../settings.ts';
import { hiddenIssues } from '../view.ts';

const fields = Object.keys(Issue.shape.fields.shape);

export const issues = stream(
  issue,
  {
    permissions: [permissions.browse, permissions.administer],
    docs: [
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-jql-post',
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-jql-match-post',
      'https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile/',
    ],
    calls: {
      reads: [{ pagesOf: 'issues', size: 100 }, { of: 'questions for purposes' }],
      proves: [{ pagesOf: 'issues', size: 5000 }, 3],
    },
  },
  async function* (jira: Jira, { since, resume }) {
    for await (const page of touchedIssues(jira, { since, resume }, { item: Issue, fields, pageSize: 100 })) {
      if (page instanceof Gap) yield page;
      else {
        yield* rowsOf(jira, page.items, page.until);
        if (page.checkpoint !== undefined) yield new Checkpoint(page.checkpoint);
      }
    }
    yield* hiddenIssues(jira);
  },
);

type IssueAnswer = z.output<typeof Issue>;

const contradiction = 'A search shows this issue, and no purpose matches it: nobody knows whether it serves one.';

async function* rowsOf(jira: Jira, items: readonly IssueAnswer[], until: string) {
  const asked = purposesOf(jira.settings);
  const ids = items.map(({ id }) => id);
  const [[only] = []] = asked;
  const isOne = asked.length === 1 && only !== undefined;
  // An issue that was found serves one of the purposes; of several, Jira has to say which.
  const found = isOne || ids.length === 0 ? new Map<string, Purpose[]>() : await purposesById(jira, ids, asked);
  for (const item of items) {
    const purposes = isOne ? [only] : (found.get(item.id) ?? []);
    if (purposes.length > 0) yield toRow(item, purposes, until);
    // What was updated since the pass began may have changed between the two answers; the next pass reads it again.
    else if (inUtc(item.fields.updated) < until) yield new Gap(`issue:${item.id}`, 'incomplete', contradiction);
  }
}

function toRow(
  { id, key, fields }: IssueAnswer,
  purposes: readonly Purpose[],
  until: string,
): z.input<typeof issue.schema> {
  const updated = inUtc(fields.updated);
  return {
    issueId: id,
    issueKey: key,
    projectId: fields.project.id,
    type: fields.issuetype.name,
    status: fields.status.name,
    statusCategory: fields.status.statusCategory.key,
    priority: fields.priority?.name ?? null,
    labels: fields.labels,
    purposes: [...purposes],
    created: inUtc(fields.created),
    resolution: fields.resolution?.name ?? null,
    resolutionDate: fields.resolutiondate ? inUtc(fields.resolutiondate) : null,
    dueDate: fields.duedate ?? null,
    assigneeAccountId: fields.assignee?.accountId ?? null,
    reporterAccountId: fields.reporter?.accountId ?? null,
    mentions: mentionsIn(fields.summary, fields.description),
    updated,
    readTo: updated < until ? updated : until,
  };
}
