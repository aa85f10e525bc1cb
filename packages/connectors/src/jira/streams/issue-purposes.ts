import { ConnectorError, stream } from '@evidence-fleet/connector-sdk';
import { IssueId } from '../answers.ts';
import type { Jira } from '../client.ts';
import { issuePurpose } from '../evidence.ts';
import { searchIds } from '../issue-search.ts';
import { purposesById } from '../matching.ts';
import { permissions } from '../operations.ts';
import { type Purpose, purposesOf } from '../settings.ts';
import { hiddenIssues } from '../view.ts';

/**
 * The whole list beside `jira.issue`, which shows what was updated and can prove no absence: an issue that was deleted, or that its JQL does not match any
 * more, ends here.
 */
export const issuePurposes = stream(
  issuePurpose,
  {
    permissions: [permissions.browse, permissions.administer],
    docs: [
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-jql-post',
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-jql-match-post',
    ],
    calls: {
      reads: [{ pagesOfEach: 'issues of a purpose', size: 5000 }],
      proves: [{ of: 'purposes', times: 3 }],
    },
    slices: async (jira: Jira) => purposesOf(jira.settings).map(([purpose]) => ({ id: purpose })),
    async probe(jira, { purpose, issueId }) {
      // A 404 does not tell "gone" from "hidden" and stays an error. Whoever sees the issue is told whether it matches.
      await jira.ask((api) => api.issues.getIssue({ issueIdOrKey: issueId, fields: ['id'] }), IssueId);
      const matched = await purposesById(jira, [issueId], [[purpose, conditionOf(jira, purpose)]]);
      return matched.get(issueId)?.includes(purpose) ? { purpose, issueId } : null;
    },
  },
  async function* (jira: Jira, { slice }) {
    const found = purposesOf(jira.settings).find(([purpose]) => purpose === slice.id);
    if (found === undefined) throw new ConnectorError('not_found', 'The settings have no such purpose any more.');
    const [purpose, condition] = found;
    for await (const issueId of searchIds(jira, `(${condition})`)) yield { purpose, issueId };
    yield* hiddenIssues(jira);
  },
);

function conditionOf(jira: Jira, wanted: Purpose): string {
  const condition = jira.settings.issues[wanted];
  if (condition !== null) return condition;
  throw new ConnectorError('not_found', 'The settings have no such purpose any more.');
}
