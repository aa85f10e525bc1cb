import { connectors, type EvidenceName, evidenceTypes } from './registry.ts';

/**
 * Other names of evidence: those that auditors' request lists and questionnaires use. One may stand for several types; where a type has that
 * name itself, it is its own alias.
 */
const aliases = {
  'aws.iam_policies': ['aws.iam_policy', 'aws.password_policy'],
  'aws.iam_users': ['aws.iam_user'],
  'aws.iam_roles': ['aws.iam_role'],
  'aws.iam_mfa_status': ['aws.iam_mfa_status'],
  'aws.cloudtrail_config': ['aws.cloudtrail_trail'],
  'aws.cloudtrail_logs': ['aws.cloudtrail_event'],
  'aws.config_rules': ['aws.config_rule'],
  'aws.s3_encryption': ['aws.s3_bucket'],
  'aws.s3_public_access': ['aws.s3_public_access'],
  'aws.vpc_flow_logs': ['aws.vpc_flow_log'],
  'aws.security_groups': ['aws.security_group'],
  'aws.kms_keys': ['aws.kms_key'],
  'aws.rds_encryption': ['aws.rds_instance'],
  'github.repo_settings': ['github.repository'],
  'github.branch_protection': ['github.branch_protection'],
  'github.collaborators': ['github.collaborator', 'github.outside_collaborator'],
  'github.webhooks': ['github.webhook'],
  'github.security_alerts': ['github.dependabot_alert', 'github.code_scanning_alert', 'github.secret_scanning_alert'],
  'github.ci_status': ['github.workflow_run'],
  'github.code_review_policy': ['github.branch_protection', 'github.ruleset'],
  'github.commit_signing': ['github.commit_signature'],
} as const satisfies Readonly<Record<`${string}.${string}`, readonly EvidenceName[]>>;

/** Types by alias, in the order in which they are documented. */
export const evidenceAliases: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(aliases));

/**
 * The evidence types that a name means: a type, an alias, or either without its connector. Without one, the types of all connectors that
 * have it.
 * @param connector only of this one
 * @returns none where nothing is called so
 */
export function resolveEvidence(name: string, connector?: string): string[] {
  const prefixes = connector === undefined ? [...connectors.keys()] : [connector];
  const meant = name.includes('.') ? [name] : prefixes.map((prefix) => `${prefix}.${name}`);
  const types = meant.flatMap((one) => (evidenceTypes.has(one) ? [one] : (evidenceAliases.get(one) ?? [])));
  return connector === undefined ? types : types.filter((type) => type.startsWith(`${connector}.`));
}
