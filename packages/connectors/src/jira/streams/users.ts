import { Checkpoint, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { User } from '../answers.ts';
import type { Jira } from '../client.ts';
import { nullIfGone } from '../errors.ts';
import { user } from '../evidence.ts';
import { permissions } from '../operations.ts';
import { silentlyPartial } from '../view.ts';

export const users = stream(
  user,
  {
    permissions: [permissions.users],
    docs: [
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/#api-rest-api-3-users-search-get',
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/#api-rest-api-3-user-get',
    ],
    calls: {
      reads: [{ pagesOf: 'accounts', size: 1000 }],
      proves: [2],
    },
    async probe(jira: Jira, { accountId }) {
      // A user without the permission is refused by a 403, so that this 404 is an answer.
      const found = await jira.ask((api) => api.users.getUser({ accountId }), User).catch(nullIfGone);
      return found && toRow(found);
    },
  },
  async function* (jira: Jira, { resume }) {
    // Jira states no total, and a page may be short: only an empty one is the end.
    for (let startAt = Number(resume ?? 0); ; ) {
      const page = await jira.ask((api) => api.users.getAllUsers({ startAt, maxResults: 1000 }), z.array(User));
      if (page.length === 0) break;
      yield* page.map(toRow);
      yield new Checkpoint(String(startAt)); // the page itself once more: it moves up when an account before it is deleted
      startAt += page.length;
    }
    yield* silentlyPartial(jira, 'USER_PICKER', 'no account');
  },
);

function toRow(one: z.output<typeof User>): z.input<typeof user.schema> {
  return {
    accountId: one.accountId,
    accountType: one.accountType ?? null,
    active: one.active,
    displayName: one.displayName ?? null,
  };
}
