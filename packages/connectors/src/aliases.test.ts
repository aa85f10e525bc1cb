import { describe, expect, it } from '@jest/globals';
import { evidenceAliases, evidenceTypes, resolveEvidence } from './index.ts';

const named = {
  aws: [
    ...['iam_policies', 'iam_users', 'iam_roles', 'iam_mfa_status', 'cloudtrail_config', 'cloudtrail_logs'],
    ...['config_rules', 's3_encryption', 's3_public_access', 'vpc_flow_logs', 'security_groups', 'kms_keys'],
    'rds_encryption',
  ],
  github: [
    ...['repo_settings', 'branch_protection', 'collaborators', 'webhooks', 'security_alerts', 'ci_status'],
    ...['code_review_policy', 'commit_signing'],
  ],
};
const all = Object.entries(named).flatMap(([connector, names]) => names.map((name) => [connector, name] as const));

describe('aliases of evidence', () => {
  it.each(all)('%s: %s stands for types that exist, with its connector and without', (connector, name) => {
    const types = resolveEvidence(`${connector}.${name}`);
    expect(types.length).toBeGreaterThan(0);
    for (const type of types) expect(evidenceTypes.get(type)?.name).toBe(type);
    expect(resolveEvidence(name, connector)).toEqual(types);
    expect(resolveEvidence(name)).toEqual(types);
  });

  it('are these and no others, and hide no type of their name', () => {
    expect([...evidenceAliases.keys()]).toEqual(all.map((parts) => parts.join('.')));
    for (const [alias, types] of evidenceAliases) if (evidenceTypes.has(alias)) expect(types).toEqual([alias]);
  });

  it('may stand for several types', () => {
    expect(resolveEvidence('security_alerts')).toEqual([
      ...['github.dependabot_alert', 'github.code_scanning_alert', 'github.secret_scanning_alert'],
    ]);
  });

  it('leave types as they are called, and find nothing where nothing is called so', () => {
    expect(resolveEvidence('github.repository')).toEqual(['github.repository']);
    expect(resolveEvidence('password_policy')).toEqual(['aws.password_policy', 'okta.password_policy']);
    expect(resolveEvidence('password_policy', 'okta')).toEqual(['okta.password_policy']);
    expect(resolveEvidence('aws.iam_user', 'okta')).toEqual([]);
    expect(resolveEvidence('nothing')).toEqual([]);
  });
});
