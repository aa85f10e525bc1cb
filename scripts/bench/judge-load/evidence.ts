type JsonObject = { readonly [field: string]: unknown };

type Status = 'pass' | 'fail' | 'unknown' | 'not_applicable';

/** One evidence type as it is loaded: SQL over `r`, the resource's number from 1, and what its control is to say of each. */
export interface LoadedType {
  readonly connector: 'aws' | 'github';
  readonly type: string;
  readonly control: string;
  /** How many of a million. */
  readonly share: number;
  readonly slices: readonly string[];
  readonly key: string;
  readonly material: string;
  /** Of resource `r`; null for a `some`, whose one finding is told apart. */
  readonly status: ((r: number) => Status) | null;
  /** A passing resource's material, made to fail. */
  readonly broken?: (material: JsonObject) => JsonObject;
}

const regions = ['eu-central-1', 'eu-west-1', 'us-east-1', 'us-west-2'];
const regionOf = `(ARRAY['${regions.join("','")}'])[1 + r % ${regions.length}]`;
const account = `'accountId', '111122223333'`;
const block = (isOn: string) =>
  `jsonb_build_object('blockPublicAcls', ${isOn}, 'ignorePublicAcls', true, 'blockPublicPolicy', true, 'restrictPublicBuckets', true)`;

/** Two accounts of a large company, in types that one control each is judged by: a finding a resource. */
export const loadedTypes: readonly LoadedType[] = [
  {
    ...{ connector: 'aws', type: 'aws.iam_mfa_status', control: 'mfa-for-people', share: 250_000, slices: [''] },
    key: `jsonb_build_array('111122223333', 'AIDA' || r)`,
    material: `jsonb_build_object(${account}, 'userId', 'AIDA' || r, 'userName', 'person-' || r, 'isRoot', false,
      'hasConsolePassword', r % 3 <> 0, 'hasMfa', r % 20 <> 0, 'devices', CASE WHEN r % 20 <> 0 THEN jsonb_build_array(jsonb_build_object(
      'serialNumber', 'arn:aws:iam::111122223333:mfa/person-' || r, 'kind', 'virtual', 'enabledAt', '2026-01-01T00:00:00.000Z')) ELSE '[]' END)`,
    status: (r) => (r % 20 !== 0 ? 'pass' : r % 3 === 0 ? 'not_applicable' : 'fail'),
    broken: (material) => ({ ...material, hasMfa: false, hasConsolePassword: true, devices: [] }),
  },
  {
    ...{
      connector: 'aws',
      type: 'aws.s3_public_access',
      control: 'no-public-buckets',
      share: 248_999,
      slices: regions,
    },
    key: `jsonb_build_array('111122223333', 'bucket-' || r)`,
    material: `jsonb_build_object(${account}, 'name', 'bucket-' || r, 'region', ${regionOf}, 'bucket', ${block('r % 25 <> 0')},
      'account', NULL, 'effective', ${block('r % 25 <> 0')}, 'isBlocked', r % 25 <> 0)`,
    status: (r) => (r % 25 === 0 ? 'fail' : 'pass'),
    broken: (material) => ({
      ...material,
      effective: { ...(material.effective as JsonObject), blockPublicAcls: false },
      isBlocked: false,
    }),
  },
  {
    ...{
      connector: 'aws',
      type: 'aws.cloudtrail_trail',
      control: 'trail-logging-all-regions',
      share: 1_000,
      slices: regions,
    },
    key: `jsonb_build_array('111122223333', 'arn:aws:cloudtrail:' || r)`,
    material: `jsonb_build_object(${account}, 'arn', 'arn:aws:cloudtrail:' || r, 'name', 'trail-' || r, 'homeRegion', ${regionOf},
      'isLogging', r = 1, 'isMultiRegion', true, 'isOrganizationTrail', false, 'includesGlobalEvents', true, 'validatesLogFiles', true,
      's3BucketName', 'logs', 'kmsKeyId', NULL, 'cloudWatchLogsGroupArn', NULL, 'managementEvents', 'all', 'recordsDataEvents', false,
      'deliveryError', NULL)`,
    status: null,
  },
  {
    ...{ connector: 'aws', type: 'aws.password_policy', control: 'password-policy', share: 1, slices: [''] },
    key: `jsonb_build_array('111122223333')`,
    material: `jsonb_build_object(${account}, 'exists', true, 'minimumLength', 14, 'requiresSymbols', true, 'requiresNumbers', true,
      'requiresUppercase', true, 'requiresLowercase', true, 'usersMayChange', true, 'maxAgeDays', NULL, 'reusePrevention', 24, 'hardExpiry', NULL)`,
    status: () => 'pass',
  },
  {
    ...{
      connector: 'github',
      type: 'github.org_member',
      control: 'mfa-for-people',
      share: 250_000,
      slices: ['1', '2'],
    },
    key: `jsonb_build_array(1, r)`,
    material: `jsonb_build_object('orgId', 1, 'userId', r, 'login', 'person-' || r, 'role', 'member',
      'twoFactor', CASE WHEN r % 1000 = 0 THEN NULL ELSE r % 30 <> 0 END)`,
    status: (r) => (r % 1_000 === 0 ? 'unknown' : r % 30 === 0 ? 'fail' : 'pass'),
    broken: (material) => ({ ...material, twoFactor: false }),
  },
  {
    ...{
      connector: 'github',
      type: 'github.repository',
      control: 'secret-scanning-on',
      share: 250_000,
      slices: ['1', '2'],
    },
    key: `jsonb_build_array(r)`,
    material: `jsonb_build_object('orgId', 1, 'repoId', r, 'fullName', 'company/repository-' || r, 'visibility', 'private',
      'archived', r % 10 = 4, 'disabled', false, 'fork', false, 'template', false, 'defaultBranch', 'main', 'allowForking', false,
      'webCommitSignoffRequired', false, 'advancedSecurity', true, 'secretScanning', r % 10 >= 2, 'secretScanningPushProtection', r % 2 = 0,
      'dependabotSecurityUpdates', true, 'createdAt', '2026-01-01T00:00:00.000Z')`,
    status: (r) => (r % 10 === 4 ? 'not_applicable' : r % 10 < 2 ? 'fail' : 'pass'),
    broken: (material) => ({ ...material, secretScanning: false }),
  },
];

/** What the verdicts are to be. */
export const verdicts: Readonly<Record<string, Status>> = {
  'mfa-for-people': 'fail',
  'no-public-buckets': 'fail',
  'password-policy': 'pass',
  'secret-scanning-on': 'fail',
  'trail-logging-all-regions': 'pass',
};
