import type { JudgementCase } from './judgement-case.ts';

const world = (protocol: string, fromPort: number | null, toPort: number | null, peer = '0.0.0.0/0') => ({
  ingress: [{ protocol, fromPort, toPort, peer }],
});
const summary = {
  ...{ rootHasMfa: true, rootHasAccessKeys: false, rootHasSigningCertificates: false, rootHasPassword: true },
};

export const infrastructureCases: JudgementCase[] = [
  [
    'storage-encrypted',
    'aws.s3_bucket',
    { encryption: { algorithm: 'AES256', kmsKeyId: null, bucketKeyEnabled: false } },
    [
      [{ encryption: { algorithm: 'aws:kms', kmsKeyId: 'key', bucketKeyEnabled: true } }, 'pass'],
      [{ encryption: null }, 'fail'],
      [{ encryption: undefined }, 'unknown'],
    ],
  ],
  [
    'databases-encrypted',
    'aws.rds_instance',
    { isEncrypted: true },
    [
      [{ isEncrypted: false }, 'fail'],
      [{ isEncrypted: undefined }, 'unknown'],
    ],
  ],
  [
    'databases-backed-up',
    'aws.rds_instance',
    { backupRetentionDays: 7 },
    [
      [{ backupRetentionDays: 6 }, 'fail'],
      [{ backupRetentionDays: 0 }, 'fail'],
      [{ backupRetentionDays: undefined }, 'unknown'],
    ],
  ],
  [
    'flow-logs-on',
    'aws.vpc_flow_log',
    { resourceId: 'vpc-1', status: 'ACTIVE', traffic: 'REJECT', delivers: true },
    [
      [{ traffic: 'ALL' }, 'pass'],
      [{ traffic: 'ACCEPT' }, 'fail'],
      [{ resourceId: 'subnet-1' }, 'fail'],
      [{ status: 'FAILED' }, 'fail'],
      [{ delivers: false }, 'fail'],
      [{ delivers: null }, 'unknown'],
      [{ traffic: null }, 'unknown'],
    ],
  ],
  [
    'security-groups-closed',
    'aws.security_group',
    { ingress: [] },
    [
      [world('tcp', 443, 443), 'pass'],
      [world('tcp', 22, 22, '10.0.0.0/8'), 'pass'],
      [world('all', null, null, 'sg-1'), 'pass'],
      [world('udp', 22, 22), 'pass'],
      [world('icmp', null, null), 'pass'],
      [world('tcp', 22, 22), 'fail'],
      [world('tcp', 20, 25, '::/0'), 'fail'],
      [world('udp', 3389, 3389), 'fail'],
      [world('6', 5432, 5432), 'fail'],
      [world('tcp', 0, 65_535), 'fail'],
      [world('tcp', null, null), 'fail'],
      [world('all', null, null), 'fail'],
      [{ ingress: undefined }, 'unknown'],
    ],
  ],
  [
    'keys-rotated',
    'aws.kms_key',
    { isAwsManaged: false, state: 'Enabled', spec: 'SYMMETRIC_DEFAULT', origin: 'AWS_KMS', rotates: true },
    [
      [{ rotates: false }, 'fail'],
      [{ rotates: null }, 'unknown'],
      [{ rotates: null, spec: 'RSA_2048' }, 'not_applicable'],
      [{ rotates: null, origin: 'EXTERNAL' }, 'not_applicable'],
      [{ rotates: false, state: 'PendingDeletion' }, 'not_applicable'],
      [{ rotates: false, isAwsManaged: true }, 'not_applicable'],
    ],
  ],
  [
    'single-access-key',
    'aws.credential_report',
    { isRoot: false, accessKey1Active: true, accessKey2Active: false },
    [
      [{ accessKey2Active: true }, 'fail'],
      [{ accessKey1Active: false, accessKey2Active: true }, 'pass'],
      [{ accessKey1Active: false }, 'not_applicable'],
      [{ isRoot: true, accessKey2Active: true }, 'not_applicable'],
      [{ accessKey2Active: undefined }, 'unknown'],
    ],
  ],
  [
    'root-account-protected',
    'aws.account_summary',
    summary,
    [
      [{ rootHasMfa: false, rootHasPassword: false }, 'pass'],
      [{ rootHasMfa: false }, 'fail'],
      [{ rootHasAccessKeys: true }, 'fail'],
      [{ rootHasSigningCertificates: true }, 'fail'],
      [{ rootHasMfa: false, rootHasPassword: null }, 'unknown'],
      [{ rootHasMfa: false, rootHasPassword: null, rootHasAccessKeys: true }, 'fail'],
    ],
  ],
  [
    'admin-policies-confined',
    'aws.iam_policy',
    { isAwsManaged: false, allowsAllOnAll: false },
    [
      [{ allowsAllOnAll: true }, 'fail'],
      [{ allowsAllOnAll: true, isAwsManaged: true }, 'not_applicable'],
      [{ allowsAllOnAll: undefined }, 'unknown'],
    ],
  ],
  [
    'config-rules-compliant',
    'aws.config_rule',
    { state: 'ACTIVE', compliance: 'compliant' },
    [
      [{ compliance: 'non_compliant' }, 'fail'],
      [{ compliance: 'insufficient_data' }, 'unknown'],
      [{ compliance: null }, 'unknown'],
      [{ compliance: 'not_applicable' }, 'not_applicable'],
      [{ compliance: 'non_compliant', state: 'DELETING' }, 'not_applicable'],
    ],
  ],
];
