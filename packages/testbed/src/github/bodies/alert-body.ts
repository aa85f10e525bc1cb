import type { WorldAlert, WorldOrganization, WorldRepository } from '../world.ts';
import { simpleRepositoryBody } from './repository-body.ts';

/** `dependabot-alert-with-repository`. */
export function alertBody(
  alert: WorldAlert,
  place: { readonly organization: WorldOrganization; readonly repository: WorldRepository },
  apiUrl: string,
) {
  const { organization, repository } = place;
  const path = `${organization.login}/${repository.name}`;
  const named = { ecosystem: alert.ecosystem, name: alert.packageName };
  const vulnerability = {
    package: named,
    severity: alert.severity,
    vulnerable_version_range: '< 2.0.0',
    first_patched_version: { identifier: '2.0.0' },
  };
  return {
    number: alert.number,
    state: alert.state,
    dependency: { package: named, manifest_path: alert.manifestPath, scope: alert.scope },
    security_advisory: {
      ghsa_id: alert.ghsaId,
      cve_id: alert.cveId,
      summary: `A weakness in ${alert.packageName}`,
      description: `Versions of ${alert.packageName} before 2.0.0 are vulnerable.`,
      severity: alert.severity,
      identifiers: [{ type: 'GHSA', value: alert.ghsaId }],
      references: [],
      published_at: alert.createdAt,
      updated_at: alert.createdAt,
      withdrawn_at: null,
      vulnerabilities: [vulnerability],
      cvss: { vector_string: null, score: 5 },
      cwes: [],
    },
    security_vulnerability: vulnerability,
    url: `${apiUrl}/repos/${path}/dependabot/alerts/${alert.number}`,
    html_url: `https://github.com/${path}/security/dependabot/${alert.number}`,
    created_at: alert.createdAt,
    updated_at: alert.updatedAt,
    dismissed_at: alert.dismissedAt,
    dismissed_by: null,
    dismissed_reason: alert.dismissedReason,
    dismissed_comment: null,
    fixed_at: alert.fixedAt,
    repository: simpleRepositoryBody(repository, organization, apiUrl),
  };
}
