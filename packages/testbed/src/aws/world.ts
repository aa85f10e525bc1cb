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
  policies: AwsPolicy[];
  /** The fleet's own role is among them. */
  roles: AwsRole[];
  accessKeys: AwsAccessKey[];
  /** The default group of each VPC is added when the world is seeded. */
  securityGroups: AwsSecurityGroup[];
  flowLogs: AwsFlowLog[];
  encryptionKeys: AwsEncryptionKey[];
  databases: AwsDatabase[];
  rules: AwsRule[];
  events: AwsEvent[];
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

export interface AwsPolicy {
  readonly name: string;
  readonly allows: 'all' | 'storage' | 'reading';
  /** By AWS. */
  id: string;
  createdAt: string;
}

export interface AwsRole {
  readonly name: string;
  readonly path: string;
  readonly trusts: 'service' | 'own account' | 'foreign account' | 'fleet' | 'anybody';
  /** Names of the account's own policies. */
  readonly holds: readonly string[];
  readonly inline: 'all' | 'reading' | null;
  /** By AWS. */
  id: string;
  createdAt: string;
}

interface AwsAccessKey {
  readonly userName: string;
  isActive: boolean;
  /** By AWS. */
  id: string;
  createdAt: string;
}

export interface AwsSecurityGroup {
  readonly region: string;
  readonly name: string;
  readonly opens: 'ssh' | 'everything' | 'https inside' | 'nothing';
  /** By AWS; of the default group only from the start. */
  id: string;
  vpcId: string;
}

interface AwsFlowLog {
  readonly region: string;
  readonly traffic: 'ALL' | 'REJECT';
  readonly bucket: string;
  /** By AWS. */
  id: string;
  vpcId: string;
  createdAt: string;
}

export interface AwsEncryptionKey {
  readonly region: string;
  readonly spec: 'SYMMETRIC_DEFAULT' | 'HMAC_256';
  rotates: boolean;
  /** By AWS. */
  id: string;
  createdAt: string;
}

export interface AwsDatabase {
  readonly region: string;
  readonly identifier: string;
  readonly isEncrypted: boolean;
  readonly isPublic: boolean;
  readonly backupDays: number;
  readonly isDeletionProtected: boolean;
  /** By AWS. */
  id: string;
  createdAt: string;
  engineVersion: string;
}

export interface AwsRule {
  readonly region: string;
  readonly name: string;
  readonly source: string;
  compliance: 'COMPLIANT' | 'NON_COMPLIANT' | 'INSUFFICIENT_DATA';
  /** By AWS. */
  id: string;
}

export interface AwsEvent {
  readonly region: string;
  readonly id: string;
  readonly name: string;
  readonly source: string;
  /** ISO 8601, whole seconds. */
  readonly at: string;
  readonly isReadOnly: boolean;
  readonly userName: string;
  readonly isRefused: boolean;
}
