/** What exists in the AWS accounts of the testbed: the ground truth that collected evidence is held against. */
export interface AwsWorld {
  readonly accounts: AwsAccount[];
}

export interface AwsAccount {
  readonly accountId: string;
  /** The enabled regions, sorted. */
  readonly regions: readonly string[];
  readonly roleArn: string;
  rootHasMfa: boolean;
  passwordPolicy: AwsPasswordPolicy | null;
  accountBlock: AwsPublicAccessBlock | null;
  users: AwsUser[];
  buckets: AwsBucket[];
  trails: AwsTrail[];
  /** The default VPC of each region is added when the world is seeded. */
  vpcs: AwsVpc[];
}

interface AwsPasswordPolicy {
  readonly minimumLength: number;
  readonly symbols: boolean;
  readonly numbers: boolean;
  readonly uppercase: boolean;
  readonly lowercase: boolean;
  readonly mayChange: boolean;
  /** 0: never. Days. */
  readonly maxAgeDays: number;
  /** 0: none is remembered. */
  readonly remembered: number;
}

export interface AwsPublicAccessBlock {
  readonly acls: boolean;
  readonly ignoreAcls: boolean;
  readonly policy: boolean;
  readonly restrict: boolean;
}

/** Ids and times marked "by AWS" are '' until the world is seeded. */
export interface AwsUser {
  readonly name: string;
  readonly path: string;
  hasPassword: boolean;
  mfa: 'virtual' | 'hardware' | null;
  /** By AWS. */
  id: string;
  createdAt: string;
  passwordCreatedAt: string;
  mfaEnabledAt: string;
}

export interface AwsBucket {
  readonly name: string;
  readonly region: string;
  encryption: 'AES256' | 'aws:kms' | null;
  versioning: 'Enabled' | 'Suspended' | null;
  logsTo: string | null;
  policy: 'public' | 'private' | null;
  block: AwsPublicAccessBlock | null;
}

export interface AwsTrail {
  readonly name: string;
  readonly region: string;
  readonly bucket: string;
  readonly isMultiRegion: boolean;
  readonly validatesLogFiles: boolean;
  readonly records: 'all' | 'write';
  isLogging: boolean;
}

export interface AwsVpc {
  readonly region: string;
  readonly cidr: string;
  readonly name: string | null;
  readonly isDefault: boolean;
  /** By AWS. */
  id: string;
}
