import { ConnectorError } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Jira } from './client.ts';
import type { Purpose } from './settings.ts';

const Match = z.object({ matchedIssues: z.array(z.int()), errors: z.array(z.string()) });

/**
 * The purposes whose JQL each of these issues matches, by issue id.
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-jql-match-post
 */
export async function purposesById(
  jira: Jira,
  ids: readonly string[],
  asked: readonly (readonly [Purpose, string])[],
): Promise<ReadonlyMap<string, readonly Purpose[]>> {
  const question = { issueIds: ids.map(Number), jqls: asked.map(([, condition]) => condition) };
  const Matches = z.object({ matches: z.array(Match).length(asked.length) });
  const { matches } = await jira.ask((api) => api.issueSearch.matchIssues(question), Matches);
  if (matches.some(({ errors }) => errors.length > 0)) {
    throw new ConnectorError('malformed', 'Jira does not accept a JQL: correct it in the setting "issues".');
  }
  const matched = matches.map(({ matchedIssues }) => new Set(matchedIssues.map(String)));
  return new Map(
    ids.map((id) => [id, asked.flatMap(([purpose], nth) => (matched[nth]?.has(id) ? [purpose] : []))] as const),
  );
}
