import { stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { ApiToken } from '../answers.ts';
import type { Okta } from '../client.ts';
import { apiToken } from '../evidence.ts';
import { nullIfGone, rowsOf } from '../listing.ts';

/** Okta lists them on one page. */
export const apiTokens = stream(
  apiToken,
  {
    permissions: ['okta.apiTokens.read', 'okta.roles.read'],
    docs: [
      'https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApiToken/#tag/ApiToken/operation/listApiTokens',
    ],
    calls: {
      reads: [1],
      proves: [1],
    },
    async probe(okta: Okta, { tokenId }) {
      const found = await okta.get(`/api/v1/api-tokens/${tokenId}`, ApiToken).catch(nullIfGone);
      return found && toRow(found);
    },
  },
  (okta: Okta, { resume }) => rowsOf(okta, { path: '/api/v1/api-tokens', item: ApiToken }, resume, toRow),
);

function toRow(one: z.output<typeof ApiToken>): z.input<typeof apiToken.schema> {
  return {
    tokenId: one.id,
    name: one.name,
    userId: one.userId ?? null,
    clientName: one.clientName ?? null,
    network: one.network?.connection ?? null,
    createdAt: one.created,
    expiresAt: one.expiresAt ?? null,
    updatedAt: one.lastUpdated,
  };
}
