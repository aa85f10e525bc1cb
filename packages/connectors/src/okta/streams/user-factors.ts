import { Checkpoint, Expected, each, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { Factor, User } from '../answers.ts';
import type { Okta } from '../client.ts';
import { userFactor } from '../evidence.ts';
import { countUsers, nullIfGone } from '../listing.ts';
import { silentlyPartial } from '../view.ts';

/** Okta lists no factors of many users at once. */
export const userFactors = stream(
  userFactor,
  {
    permissions: ['okta.users.read', 'okta.groups.read', 'okta.roles.read'],
    docs: [
      'https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserFactor/#tag/UserFactor/operation/listFactors',
      'https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/#tag/User/operation/listUsers',
    ],
    calls: {
      reads: [{ pagesOf: 'users', size: 200 }, { of: 'users' }],
      proves: [2],
    },
    async probe(okta: Okta, { userId }) {
      const found = await okta.get(`/api/v1/users/${userId}`, User).catch(nullIfGone);
      return found === null || found.status === 'DEPROVISIONED' ? null : readFactors(okta, found);
    },
  },
  async function* (okta: Okta, { resume }) {
    const total = await countUsers(okta);
    if (total !== null) yield new Expected(total);
    for await (const { items, token } of okta.pages('/api/v1/users', { limit: 200 }, User, resume)) {
      yield* each(
        items,
        ({ id }) => ({ scope: `user:${id}`, key: [id] }),
        async function* (user) {
          yield await readFactors(okta, user);
        },
        { concurrency: 8 },
      );
      if (token !== undefined) yield new Checkpoint(token);
    }
    yield* silentlyPartial(okta);
  },
);

async function readFactors(okta: Okta, user: z.output<typeof User>): Promise<z.input<typeof userFactor.schema>> {
  const factors = await okta.get(`/api/v1/users/${user.id}/factors`, z.array(Factor));
  return {
    userId: user.id,
    login: user.profile.login,
    userStatus: user.status,
    hasActiveFactor: factors.some(({ status, factorType }) => status === 'ACTIVE' && factorType !== 'question'),
    factors: factors.map(({ id, factorType, provider, status }) => ({
      factorId: id,
      type: factorType,
      provider,
      status,
    })),
  };
}
