import { stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { SecretScanningAlert } from '../answers-change.ts';
import type { GitHub } from '../client.ts';
import { secretScanningAlert } from '../evidence-alerts.ts';
import { organizationSlices } from '../organizations.ts';
import { permissionsOf } from '../permissions.ts';
import { alertsOf } from './organization-alerts.ts';

export const secretScanningAlerts = stream(
  secretScanningAlert,
  {
    slices: organizationSlices,
    permissions: permissionsOf('github.secret_scanning_alert'),
    docs: [
      'https://docs.github.com/en/rest/secret-scanning/secret-scanning#list-secret-scanning-alerts-for-an-organization',
    ],
    calls: {
      reads: [{ pagesOf: 'secret scanning alerts', size: 100 }],
      proves: [1],
    },
  },
  (github: GitHub, context) =>
    alertsOf(github, context, {
      route: 'GET /orgs/{org}/secret-scanning/alerts',
      parameters: { hide_secret: 'true' }, // so that the secret never leaves GitHub
      item: SecretScanningAlert,
      toRow,
    }),
);

function toRow(orgId: number, alert: z.output<typeof SecretScanningAlert>): z.input<typeof secretScanningAlert.schema> {
  return {
    orgId,
    repoId: alert.repository.id,
    repository: alert.repository.full_name,
    number: alert.number,
    state: alert.state,
    secretType: alert.secret_type,
    resolution: alert.resolution ?? null,
    resolvedAt: alert.resolved_at ?? null,
    validity: alert.validity ?? null,
    publiclyLeaked: alert.publicly_leaked ?? null,
    pushProtectionBypassed: alert.push_protection_bypassed ?? null,
    createdAt: alert.created_at,
    updatedAt: alert.updated_at ?? null,
  };
}
