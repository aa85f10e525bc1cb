import { stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { Zone } from '../answers.ts';
import type { Okta } from '../client.ts';
import { networkZone } from '../evidence.ts';
import { nullIfGone, rowsOf } from '../listing.ts';

export const networkZones = stream(
  networkZone,
  {
    permissions: ['okta.networkZones.read', 'okta.roles.read'],
    docs: [
      'https://developer.okta.com/docs/api/openapi/okta-management/management/tag/NetworkZone/#tag/NetworkZone/operation/listNetworkZones',
    ],
    calls: {
      reads: [{ pagesOf: 'zones', size: 100 }],
      proves: [1],
    },
    async probe(okta: Okta, { zoneId }) {
      const found = await okta.get(`/api/v1/zones/${zoneId}`, Zone).catch(nullIfGone);
      return found && toRow(found);
    },
  },
  (okta: Okta, { resume }) => rowsOf(okta, { path: '/api/v1/zones', query: { limit: 100 }, item: Zone }, resume, toRow),
);

function toRow(one: z.output<typeof Zone>): z.input<typeof networkZone.schema> {
  return {
    zoneId: one.id,
    name: one.name,
    type: one.type,
    status: one.status,
    usage: one.usage ?? null,
    system: one.system ?? null,
    gateways: one.gateways?.map(({ value }) => value) ?? [],
    proxies: one.proxies?.map(({ value }) => value) ?? [],
    createdAt: one.created,
    updatedAt: one.lastUpdated,
  };
}
