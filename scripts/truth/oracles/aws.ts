import type { Oracles, Status } from '../oracles.ts';
import { passIf, passIfApplicable } from './answer.ts';

const compliances: Readonly<Record<string, Status>> = { compliant: 'pass', non_compliant: 'fail' };

export const awsOracles: Oracles = {
  'aws.iam_mfa_status': {
    'mfa-for-people': ({ hasMfa, hasConsolePassword }) =>
      passIfApplicable(hasMfa === true || hasConsolePassword === true, hasMfa),
  },
  'aws.password_policy': {
    'password-policy': ({ minimumLength, reusePrevention }) =>
      passIf(Number(minimumLength) >= 14 && Number(reusePrevention) >= 24),
  },
  'aws.account_summary': {
    // No world gives its root user a key, and every one a password.
    'root-account-protected': ({ rootHasMfa }) => passIf(rootHasMfa),
  },
  'aws.credential_report': {
    'single-access-key': ({ isRoot, accessKey1Active, accessKey2Active }) => {
      const active = [accessKey1Active, accessKey2Active].filter((isActive) => isActive === true).length;
      return passIfApplicable(isRoot === false && active > 0, active === 1);
    },
  },
  'aws.iam_policy': {
    // No world has a policy that gives any role away and not everything else; none of AWS's own is in use.
    'admin-policies-confined': ({ passesAnyRole }) => passIf(passesAnyRole === false),
  },
  'aws.s3_bucket': { 'storage-encrypted': ({ encryption }) => passIf(encryption !== null) },
  'aws.s3_public_access': { 'no-public-buckets': ({ isBlocked }) => passIf(isBlocked) },
  'aws.cloudtrail_trail': {
    'trail-logging-all-regions': ({ isLogging, isMultiRegion, managementEvents }) =>
      passIf(isLogging === true && isMultiRegion === true && managementEvents === 'all'),
  },
  'aws.vpc_flow_log': {
    // Every flow log of a world is active, of a VPC, and delivered.
    'flow-logs-on': ({ traffic }) => passIf(traffic === 'ALL' || traffic === 'REJECT'),
  },
  'aws.security_group': {
    'security-groups-closed': ({ opensAllToWorld, opensSshToWorld, opensRdpToWorld }) =>
      passIf(!opensAllToWorld && !opensSshToWorld && !opensRdpToWorld),
  },
  'aws.kms_key': { 'keys-rotated': ({ usage, rotates }) => passIfApplicable(usage === 'ENCRYPT_DECRYPT', rotates) },
  'aws.rds_instance': {
    'databases-backed-up': ({ backupRetentionDays }) => passIf(Number(backupRetentionDays) >= 7),
    'databases-encrypted': ({ kmsKeyId }) => passIf(kmsKeyId !== null),
  },
  'aws.config_rule': { 'config-rules-compliant': ({ compliance }) => compliances[String(compliance)] ?? 'unknown' },
};
