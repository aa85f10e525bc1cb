import { Checkpoint, type Row, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';
import { rdsInstance } from '../evidence-operations.ts';
import { pages } from '../pages.ts';
import { regionSlices } from './region-slices.ts';

export const rdsInstances = stream(
  rdsInstance,
  {
    slices: regionSlices,
    permissions: ['ec2:DescribeRegions', 'rds:DescribeDBInstances'],
    docs: ['https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html'],
    calls: {
      reads: [1, { pagesOfEach: 'databases of a region', size: 100 }],
      proves: [1],
    },
    async probe(aws: Aws, { accountId, region, resourceId }) {
      // By a filter, because a resource id is no name; a filter that meets nothing is answered with an empty list.
      const { DBInstances } = await aws.rds(region)('DescribeDBInstances', instancesAnswer, (rds, options) =>
        rds.describeDBInstances({ Filters: [{ Name: 'dbi-resource-id', Values: [resourceId] }] }, options),
      );
      const found = DBInstances.find(({ DbiResourceId }) => DbiResourceId === resourceId);
      return found === undefined ? null : instanceRow(accountId, region, found);
    },
  },
  async function* (aws, { slice, resume }) {
    const { accountId } = await aws.identity();
    const listing = pages(async (Marker) => {
      const answer = await aws.rds(slice.id)('DescribeDBInstances', instancesAnswer, (rds, options) =>
        rds.describeDBInstances({ MaxRecords: 100, ...(Marker !== undefined && { Marker }) }, options),
      );
      return { items: answer.DBInstances, next: answer.Marker };
    }, resume);
    for await (const { items, next } of listing) {
      for (const item of items) yield instanceRow(accountId, slice.id, item);
      if (next !== undefined) yield new Checkpoint(next);
    }
  },
);

const instancesAnswer = z.object({
  DBInstances: z.array(
    z.object({
      DbiResourceId: z.string().min(1),
      DBInstanceIdentifier: z.string().min(1),
      DBInstanceArn: z.string().min(1),
      DBInstanceStatus: z.string().min(1),
      DBInstanceClass: z.string().min(1),
      Engine: z.string().min(1),
      EngineVersion: z.string().optional(),
      DBClusterIdentifier: z.string().optional(),
      StorageEncrypted: z.boolean(),
      KmsKeyId: z.string().optional(),
      PubliclyAccessible: z.boolean(),
      MultiAZ: z.boolean(),
      BackupRetentionPeriod: z.int(),
      DeletionProtection: z.boolean().default(false),
      AutoMinorVersionUpgrade: z.boolean(),
      IAMDatabaseAuthenticationEnabled: z.boolean().default(false),
      CACertificateIdentifier: z.string().optional(),
      EnabledCloudwatchLogsExports: z.array(z.string()).default([]),
      VpcSecurityGroups: z.array(z.object({ VpcSecurityGroupId: z.string().min(1) })).default([]),
      InstanceCreateTime: z.date().optional(),
      LatestRestorableTime: z.date().optional(),
    }),
  ),
  Marker: z.string().min(1).optional(),
});

function instanceRow(
  accountId: string,
  region: string,
  item: z.output<typeof instancesAnswer>['DBInstances'][number],
): Row<typeof rdsInstance> {
  return {
    accountId,
    region,
    resourceId: item.DbiResourceId,
    identifier: item.DBInstanceIdentifier,
    arn: item.DBInstanceArn,
    engine: item.Engine,
    engineVersion: item.EngineVersion ?? null,
    instanceClass: item.DBInstanceClass,
    clusterIdentifier: item.DBClusterIdentifier ?? null,
    isEncrypted: item.StorageEncrypted,
    kmsKeyId: item.KmsKeyId ?? null,
    isPubliclyAccessible: item.PubliclyAccessible,
    isMultiZone: item.MultiAZ,
    backupRetentionDays: item.BackupRetentionPeriod,
    isDeletionProtected: item.DeletionProtection,
    upgradesMinorVersions: item.AutoMinorVersionUpgrade,
    usesIamAuthentication: item.IAMDatabaseAuthenticationEnabled,
    certificateAuthority: item.CACertificateIdentifier ?? null,
    exportedLogs: item.EnabledCloudwatchLogsExports,
    securityGroupIds: item.VpcSecurityGroups.map(({ VpcSecurityGroupId }) => VpcSecurityGroupId),
    createdAt: item.InstanceCreateTime?.toISOString() ?? null,
    status: item.DBInstanceStatus,
    latestRestorableAt: item.LatestRestorableTime?.toISOString() ?? null,
  };
}
