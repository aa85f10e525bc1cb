import { stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { Authenticator } from '../answers.ts';
import type { Okta } from '../client.ts';
import { authenticator } from '../evidence-policies.ts';
import { nullIfGone, rowsOf } from '../listing.ts';

/** Okta lists them on one page. */
export const authenticators = stream(
  authenticator,
  {
    permissions: ['okta.authenticators.read', 'okta.roles.read'],
    docs: [
      'https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Authenticator/#tag/Authenticator/operation/listAuthenticators',
    ],
    calls: {
      reads: [1],
      proves: [1],
    },
    async probe(okta: Okta, { authenticatorId }) {
      const found = await okta.get(`/api/v1/authenticators/${authenticatorId}`, Authenticator).catch(nullIfGone);
      return found && toRow(found);
    },
  },
  (okta: Okta, { resume }) => rowsOf(okta, { path: '/api/v1/authenticators', item: Authenticator }, resume, toRow),
);

function toRow(one: z.output<typeof Authenticator>): z.input<typeof authenticator.schema> {
  return {
    authenticatorId: one.id,
    key: one.key,
    name: one.name,
    type: one.type,
    status: one.status,
    createdAt: one.created ?? null,
    updatedAt: one.lastUpdated ?? null,
  };
}
