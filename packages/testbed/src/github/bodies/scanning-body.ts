import type { Call } from '../routing.ts';
import type { WorldCodeAlert, WorldSecretAlert } from '../world.ts';
import type { Place } from './history-body.ts';
import { simpleRepositoryBody } from './repository-body.ts';

/** `code-scanning-organization-alert-items`. */
export function codeAlertBody({ apiUrl }: Call, { organization, repository }: Place, alert: WorldCodeAlert) {
  const path = `${organization.login}/${repository.name}`;
  const url = `${apiUrl}/repos/${path}/code-scanning/alerts/${alert.number}`;
  return {
    number: alert.number,
    created_at: alert.createdAt,
    updated_at: alert.updatedAt,
    url,
    html_url: `https://github.com/${path}/security/code-scanning/${alert.number}`,
    instances_url: `${url}/instances`,
    state: alert.state,
    fixed_at: alert.fixedAt,
    dismissed_by: null,
    dismissed_at: alert.dismissedAt,
    dismissed_reason: alert.dismissedReason,
    dismissed_comment: null,
    rule: {
      id: alert.ruleId,
      name: alert.ruleId,
      severity: 'error',
      security_severity_level: alert.securitySeverity,
      description: ruleDescription(alert),
      tags: ['security'],
    },
    tool: { name: 'CodeQL', version: '2.20.0', guid: null },
    most_recent_instance: {
      ref: `refs/heads/${repository.defaultBranch}`,
      analysis_key: '.github/workflows/codeql.yml:analyze',
      environment: '{}',
      category: 'codeql',
      state: alert.state,
      commit_sha: '0'.repeat(40),
      message: { text: 'A weakness' },
      location: { path: alert.path, start_line: 1, end_line: 1, start_column: 1, end_column: 9 },
      classifications: [],
    },
    repository: simpleRepositoryBody(repository, organization, apiUrl),
  };
}

export function ruleDescription({ ruleId }: WorldCodeAlert): string {
  return `Weakness ${ruleId}`;
}

/** `organization-secret-scanning-alert`; the secret is left out where the caller asks for that. */
export function secretAlertBody(call: Call, { organization, repository }: Place, alert: WorldSecretAlert) {
  const path = `${organization.login}/${repository.name}`;
  const url = `${call.apiUrl}/repos/${path}/secret-scanning/alerts/${alert.number}`;
  return {
    number: alert.number,
    created_at: alert.createdAt,
    updated_at: alert.updatedAt,
    url,
    html_url: `https://github.com/${path}/security/secret-scanning/${alert.number}`,
    locations_url: `${url}/locations`,
    state: alert.state,
    resolution: alert.resolution,
    resolved_at: alert.resolvedAt,
    resolved_by: null,
    resolution_comment: null,
    secret_type: alert.secretType,
    secret_type_display_name: alert.secretType,
    secret: call.query.get('hide_secret') === 'true' ? '' : alert.secret,
    validity: alert.validity,
    publicly_leaked: false,
    multi_repo: false,
    push_protection_bypassed: false,
    push_protection_bypassed_by: null,
    push_protection_bypassed_at: null,
    repository: simpleRepositoryBody(repository, organization, call.apiUrl),
  };
}
