import { Checkpoint, each, stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { AppUser } from '../answers.ts';
import type { Okta } from '../client.ts';
import { appUser } from '../evidence.ts';
import { nullIfGone } from '../listing.ts';
import { silentlyPartial } from '../view.ts';
import { appListing } from './apps.ts';

export const appUsers = stream(
  appUser,
  {
    permissions: ['okta.apps.read', 'okta.roles.read'],
    docs: [
      'https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationUsers/#tag/ApplicationUsers/operation/listApplicationUsers',
    ],
    calls: {
      reads: [
        { pagesOf: 'apps', size: 200 },
        { pagesOfEach: 'people of an app', size: 500 },
      ],
      proves: [1],
    },
    async probe(okta: Okta, { appId, userId }) {
      const found = await okta.get(`/api/v1/apps/${appId}/users/${userId}`, AppUser).catch(nullIfGone);
      return found && toRow(appId, found);
    },
  },
  async function* (okta: Okta, { resume }) {
    const { path, query, item } = appListing;
    for await (const { items, token } of okta.pages(path, query, item, resume)) {
      yield* each(
        items,
        ({ id }) => ({ scope: `app:${id}` }),
        async function* ({ id }) {
          const assigned = okta.list(`/api/v1/apps/${id}/users`, { limit: 500 }, AppUser);
          for await (const one of assigned) yield toRow(id, one);
        },
        { concurrency: 4 },
      );
      if (token !== undefined) yield new Checkpoint(token);
    }
    yield* silentlyPartial(okta);
  },
);

function toRow(appId: string, one: z.output<typeof AppUser>): z.input<typeof appUser.schema> {
  return {
    appId,
    userId: one.id,
    scope: one.scope,
    status: one.status,
    userName: one.credentials?.userName ?? null,
    externalId: one.externalId ?? null,
    createdAt: one.created,
    updatedAt: one.lastUpdated,
  };
}
