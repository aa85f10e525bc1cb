export { evidenceAliases, resolveEvidence } from './aliases.ts';
export {
  type LeastRole,
  type LeastRoleOptions,
  leastRole,
  readPolicyDocument,
  toCloudFormation,
  toTerraform,
  trustPolicyDocument,
} from './aws/least-policy.ts';
export { awsPermissionOf } from './aws/permission-name.ts';
export { type AppManifest, appManifest, manifestPlaceholders, tokenScopes } from './github/app-manifest.ts';
export { permissions as jiraPermissions } from './jira/operations.ts';
export { globals as jiraGlobalPermissions } from './jira/view.ts';
export { type ConnectorId, connectors, type EvidenceName, type EvidenceRow, evidenceTypes } from './registry.ts';
