import { stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { App } from '../answers.ts';
import type { Okta } from '../client.ts';
import { app } from '../evidence.ts';
import { nullIfGone, rowsOf } from '../listing.ts';

export const apps = stream(
  app,
  {
    permissions: ['okta.apps.read', 'okta.roles.read'],
    docs: [
      'https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/#tag/Application/operation/listApplications',
    ],
    calls: {
      reads: [{ pagesOf: 'apps', size: 200 }],
      proves: [1],
    },
    async probe(okta: Okta, { appId }) {
      const found = await okta.get(`/api/v1/apps/${appId}`, App).catch(nullIfGone);
      return found && toRow(found);
    },
  },
  (okta: Okta, { resume }) => rowsOf(okta, appListing, resume, toRow),
);

export const appListing = { path: '/api/v1/apps', query: { limit: 200 }, item: App } as const;

function toRow(one: z.output<typeof App>): z.input<typeof app.schema> {
  return {
    appId: one.id,
    name: one.name ?? null,
    label: one.label,
    status: one.status,
    signOnMode: one.signOnMode ?? null,
    features: one.features ?? [],
    createdAt: one.created,
    updatedAt: one.lastUpdated,
  };
}
