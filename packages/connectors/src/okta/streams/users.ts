import { Checkpoint, Gap, stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { User } from '../answers.ts';
import type { Okta } from '../client.ts';
import { user } from '../evidence.ts';
import { countUsers, nullIfGone } from '../listing.ts';
import { silentlyPartial } from '../view.ts';

/** Okta leaves leavers out of the list unless it is asked for them; they come first, so that nobody who leaves meanwhile is shown twice. */
const listings = [{ limit: 200, filter: 'status eq "DEPROVISIONED"' }, { limit: 200 }] as const;

export const users = stream(
  user,
  {
    permissions: ['okta.users.read', 'okta.groups.read', 'okta.roles.read'],
    docs: [
      'https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/#tag/User/operation/listUsers',
    ],
    calls: {
      reads: [
        { pagesOf: 'users', size: 200 },
        { pagesOf: 'leavers', size: 200 },
      ],
      proves: [2],
    },
    async probe(okta: Okta, { userId }) {
      const found = await okta.get(`/api/v1/users/${userId}`, User).catch(nullIfGone);
      return found && toRow(found);
    },
  },
  async function* (okta: Okta, { resume }) {
    const total = await countUsers(okta);
    const from = readToken(resume);
    let { shown } = from;
    for (const [index, query] of listings.entries()) {
      if (index < from.listing) continue;
      const start = index === from.listing ? from.page : undefined;
      for await (const { items, token } of okta.pages('/api/v1/users', query, User, start)) {
        yield* items.map(toRow);
        shown += items.filter(({ status }) => status !== 'DEPROVISIONED').length;
        if (token !== undefined) yield new Checkpoint(`${index}#${shown}#${token}`);
      }
    }
    if (total !== null && shown < total) {
      const detail = `Okta counts ${total} users who are no leavers and listed ${shown}: the list is incomplete.`;
      yield new Gap('*', 'incomplete', detail);
    }
    yield* silentlyPartial(okta);
  },
);

/** Which listing goes on where, and how many users who are no leavers were shown before. */
function readToken(resume: string | undefined): { listing: number; shown: number; page: string | undefined } {
  const [, listing, shown, page] = /^(\d+)#(\d+)#(.*)$/s.exec(resume ?? '') ?? [];
  return { listing: Number(listing ?? 0), shown: Number(shown ?? 0), page };
}

function toRow(one: z.output<typeof User>): z.input<typeof user.schema> {
  return {
    userId: one.id,
    login: one.profile.login,
    status: one.status,
    transitioningTo: one.transitioningToStatus ?? null,
    credentialProvider: one.credentials?.provider?.type ?? null,
    createdAt: one.created,
    activatedAt: one.activated ?? null,
    statusChangedAt: one.statusChanged ?? null,
    passwordChangedAt: one.passwordChanged ?? null,
    lastLoginAt: one.lastLogin ?? null,
    updatedAt: one.lastUpdated,
  };
}
