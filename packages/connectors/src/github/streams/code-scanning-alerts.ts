import { stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { CodeScanningAlert } from '../answers-change.ts';
import type { GitHub } from '../client.ts';
import { codeScanningAlert } from '../evidence-alerts.ts';
import { organizationSlices } from '../organizations.ts';
import { permissionsOf } from '../permissions.ts';
import { alertsOf } from './organization-alerts.ts';

export const codeScanningAlerts = stream(
  codeScanningAlert,
  {
    slices: organizationSlices,
    permissions: permissionsOf('github.code_scanning_alert'),
    docs: ['https://docs.github.com/en/rest/code-scanning/code-scanning#list-code-scanning-alerts-for-an-organization'],
    calls: {
      reads: [{ pagesOf: 'code scanning alerts', size: 100 }],
      proves: [1],
    },
  },
  (github: GitHub, context) =>
    alertsOf(github, context, { route: 'GET /orgs/{org}/code-scanning/alerts', item: CodeScanningAlert, toRow }),
);

function toRow(orgId: number, alert: z.output<typeof CodeScanningAlert>): z.input<typeof codeScanningAlert.schema> {
  return {
    orgId,
    repoId: alert.repository.id,
    repository: alert.repository.full_name,
    number: alert.number,
    state: alert.state,
    tool: alert.tool.name ?? null,
    ruleId: alert.rule.id ?? null,
    rule: alert.rule.description ?? null,
    securitySeverity: alert.rule.security_severity_level ?? null,
    path: alert.most_recent_instance.location?.path ?? null,
    createdAt: alert.created_at,
    fixedAt: alert.fixed_at ?? null,
    dismissedAt: alert.dismissed_at,
    dismissedReason: alert.dismissed_reason,
    updatedAt: alert.updated_at ?? null,
  };
}
