import { Checkpoint, each, stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { DependabotAlert } from '../answers.ts';
import type { GitHub } from '../client.ts';
import { dependabotAlert } from '../evidence.ts';
import { organizationOf, organizationSlices } from '../organizations.ts';
import { permissionsOf } from '../permissions.ts';

export const dependabotAlerts = stream(
  dependabotAlert,
  {
    slices: organizationSlices,
    permissions: permissionsOf('github.dependabot_alert'),
    docs: ['https://docs.github.com/en/rest/dependabot/alerts#list-dependabot-alerts-for-an-organization'],
    calls: { reads: [{ pagesOf: 'Dependabot alerts', size: 100 }] },
  },
  async function* (github: GitHub, { slice, resume }) {
    const { id: orgId, login } = await organizationOf(github, slice);
    // An organization that does not tell its alerts has a gap, and never "no known vulnerability".
    yield* each(
      [{ org: login, sort: 'created', direction: 'asc' }],
      () => ({ scope: '*' }),
      async function* (query) {
        for await (const page of github.pages('GET /orgs/{org}/dependabot/alerts', query, DependabotAlert, resume)) {
          yield* page.items.map((alert) => toRow(orgId, alert));
          yield new Checkpoint(page.token);
        }
      },
    );
  },
);

function toRow(orgId: number, alert: z.output<typeof DependabotAlert>): z.input<typeof dependabotAlert.schema> {
  const { dependency, security_advisory: advisory, repository } = alert;
  return {
    orgId,
    repoId: repository.id,
    repository: repository.full_name,
    number: alert.number,
    state: alert.state,
    severity: advisory.severity,
    ghsaId: advisory.ghsa_id,
    cveId: advisory.cve_id,
    ecosystem: dependency.package.ecosystem,
    packageName: dependency.package.name,
    manifestPath: dependency.manifest_path,
    scope: dependency.scope ?? null,
    createdAt: alert.created_at,
    fixedAt: alert.fixed_at,
    dismissedAt: alert.dismissed_at,
    dismissedReason: alert.dismissed_reason,
    updatedAt: alert.updated_at,
  };
}
