import { Checkpoint, ConnectorError, Gap, stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { Changelogs, IssueId } from '../answers.ts';
import type { Jira } from '../client.ts';
import { issueChange } from '../evidence.ts';
import { inUtc, touchedIssues } from '../issue-search.ts';
import { permissions } from '../operations.ts';
import { hiddenIssues } from '../view.ts';

const readFields = ['status', 'resolution'] as const;
/** As many as one question for changes may name. */
const listing = { item: IssueId, fields: ['id'], pageSize: 1000 };

/** The changes of every issue that was updated since the last pass; one that came into a purpose brings its older ones. */
export const issueChanges = stream(
  issueChange,
  {
    permissions: [permissions.browse, permissions.administer],
    docs: [
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-changelog-bulkfetch-post',
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-jql-post',
    ],
    calls: {
      reads: [
        { pagesOf: 'issues', size: 1000 },
        { pagesOfEach: 'changes of a page of issues', size: 10000 },
      ],
      proves: [{ pagesOf: 'issues', size: 5000 }, 3],
    },
  },
  async function* (jira: Jira, { since, resume }) {
    for await (const page of touchedIssues(jira, { since, resume }, listing)) {
      if (page instanceof Gap) yield page;
      else {
        yield* changesOf(
          jira,
          page.items.map(({ id }) => id),
        );
        if (page.checkpoint !== undefined) yield new Checkpoint(page.checkpoint);
      }
    }
    yield* hiddenIssues(jira);
  },
);

async function* changesOf(jira: Jira, issueIdsOrKeys: string[]) {
  if (issueIdsOrKeys.length === 0) return;
  const asked = { issueIdsOrKeys, fieldIds: [...readFields], maxResults: 10_000 };
  const seen = new Set<string>();
  for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
    const page = token === undefined ? asked : { ...asked, nextPageToken: token };
    const { issueChangeLogs, nextPageToken } = await jira.ask((api) => api.issues.getBulkChangelogs(page), Changelogs);
    for (const { issueId, changeHistories } of issueChangeLogs) {
      if (!issueIdsOrKeys.includes(issueId)) continue;
      yield* changeHistories.flatMap((change) => toRow(issueId, change));
    }
    token = nextPageToken ?? undefined;
    if (token !== undefined && seen.has(token)) {
      throw new ConnectorError('malformed', 'The pages of changes lead back to an earlier one.');
    }
    if (token !== undefined) seen.add(token);
  }
}

type Change = z.output<typeof Changelogs>['issueChangeLogs'][number]['changeHistories'][number];

/** Of a change of several fields, those that are read. */
function toRow(issueId: string, change: Change): z.input<typeof issueChange.schema>[] {
  const changes = change.items.flatMap((item) => {
    const field = readFields.find((one) => one === (item.fieldId ?? item.field));
    if (field === undefined) return [];
    const [from, to] = [item.fromString ?? null, item.toString ?? null];
    return [{ field, fromId: item.from ?? null, from, toId: item.to ?? null, to }];
  });
  if (changes.length === 0) return [];
  const changed = inUtc(change.created);
  return [{ issueId, changeId: change.id, changed, authorAccountId: change.author?.accountId ?? null, changes }];
}
