import { each, nullIf, type Row, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';
import { cloudtrailTrail } from '../evidence.ts';
import { regionSlices } from './region-slices.ts';

type TrailRow = Row<typeof cloudtrailTrail>;

export const cloudtrailTrails = stream(
  cloudtrailTrail,
  {
    slices: regionSlices,
    permissions: [
      'ec2:DescribeRegions',
      'cloudtrail:DescribeTrails',
      'cloudtrail:GetTrailStatus',
      'cloudtrail:GetEventSelectors',
      'cloudtrail:GetTrail',
    ],
    docs: [
      'https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html',
      'https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html',
      'https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html',
    ],
    calls: {
      reads: [1, { of: 'regions' }, { of: 'trails', times: 2 }],
      proves: [1],
    },
    async probe(aws: Aws, { accountId, arn, homeRegion }) {
      const answer = await aws
        .cloudtrail(homeRegion)('GetTrail', z.object({ Trail: trail }), (cloudtrail, options) =>
          cloudtrail.getTrail({ Name: arn }, options),
        )
        .catch(nullIf('not_found', /^TrailNotFoundException /));
      return answer && readTrail(aws, accountId, answer.Trail);
    },
  },
  async function* (aws, { slice }) {
    const { accountId } = await aws.identity();
    const regions = await aws.regions();
    const { trailList } = await aws.cloudtrail(slice.id)('DescribeTrails', trailsAnswer, (cloudtrail, options) =>
      // Shadow trails included: without them a member account would not see its organization's trail at all.
      cloudtrail.describeTrails({ includeShadowTrails: true }, options),
    );
    yield* each(
      // Each trail once: in its home region, or in the first region read where its home is out of scope.
      trailList.filter(
        ({ HomeRegion }) => HomeRegion === slice.id || (slice.id === regions[0] && !regions.includes(HomeRegion)),
      ),
      ({ TrailARN }) => ({ scope: `trail:${TrailARN}`, key: [accountId, TrailARN] }),
      async function* (item) {
        yield await readTrail(aws, accountId, item);
      },
    );
  },
);

const trail = z.object({
  TrailARN: z.string().min(1),
  Name: z.string().min(1),
  HomeRegion: z.string().min(1),
  S3BucketName: z.string().optional(),
  IncludeGlobalServiceEvents: z.boolean().default(false),
  IsMultiRegionTrail: z.boolean().default(false),
  IsOrganizationTrail: z.boolean().default(false),
  LogFileValidationEnabled: z.boolean().default(false),
  KmsKeyId: z.string().optional(),
  CloudWatchLogsLogGroupArn: z.string().optional(),
});

const trailsAnswer = z.object({ trailList: z.array(trail) });

const statusAnswer = z.object({
  IsLogging: z.boolean(),
  LatestDeliveryError: z.string().optional(),
  LatestDeliveryTime: z.date().optional(),
});

async function readTrail(aws: Aws, accountId: string, item: z.output<typeof trail>): Promise<TrailRow> {
  const cloudtrail = aws.cloudtrail(item.HomeRegion); // other regions know the shadow's description only
  const status = await cloudtrail('GetTrailStatus', statusAnswer, (client, options) =>
    client.getTrailStatus({ Name: item.TrailARN }, options),
  );
  const selectors = await cloudtrail('GetEventSelectors', selectorsAnswer, (client, options) =>
    client.getEventSelectors({ TrailName: item.TrailARN }, options),
  );
  return {
    accountId,
    arn: item.TrailARN,
    name: item.Name,
    homeRegion: item.HomeRegion,
    isLogging: status.IsLogging,
    isMultiRegion: item.IsMultiRegionTrail,
    isOrganizationTrail: item.IsOrganizationTrail,
    includesGlobalEvents: item.IncludeGlobalServiceEvents,
    validatesLogFiles: item.LogFileValidationEnabled,
    s3BucketName: item.S3BucketName ?? null,
    kmsKeyId: item.KmsKeyId ?? null,
    cloudWatchLogsGroupArn: item.CloudWatchLogsLogGroupArn ?? null,
    managementEvents: managementEvents(selectors),
    recordsDataEvents: recordsDataEvents(selectors),
    deliveryError: status.LatestDeliveryError || null,
    latestDeliveryAt: status.LatestDeliveryTime?.toISOString() ?? null,
  };
}

const fieldSelector = z.object({ Field: z.string().min(1), Equals: z.array(z.string()).optional() });
const selectorsAnswer = z.object({
  TrailARN: z.string().min(1),
  EventSelectors: z
    .array(
      z.object({
        ReadWriteType: z.enum(['All', 'ReadOnly', 'WriteOnly']).default('All'),
        IncludeManagementEvents: z.boolean().default(true),
        ExcludeManagementEventSources: z.array(z.string()).default([]),
        DataResources: z.array(z.object({ Type: z.string().optional() })).default([]),
      }),
    )
    .default([]),
  AdvancedEventSelectors: z.array(z.object({ FieldSelectors: z.array(fieldSelector) })).default([]),
});
type Selectors = z.output<typeof selectorsAnswer>;

/** A trail has either kind of selectors. `custom`: some sources are left out, so neither `all` nor a plain half is recorded. */
function managementEvents({ EventSelectors, AdvancedEventSelectors }: Selectors): TrailRow['managementEvents'] {
  const recorded = new Set<TrailRow['managementEvents']>();
  for (const selector of EventSelectors.filter((one) => one.IncludeManagementEvents)) {
    if (selector.ExcludeManagementEventSources.length > 0) recorded.add('custom');
    else
      recorded.add(selector.ReadWriteType === 'All' ? 'all' : selector.ReadWriteType === 'ReadOnly' ? 'read' : 'write');
  }
  for (const { FieldSelectors } of AdvancedEventSelectors.filter(
    ({ FieldSelectors }) => equals(FieldSelectors, 'eventCategory') === 'Management',
  )) {
    const readOnly = equals(FieldSelectors, 'readOnly');
    const isPlain = FieldSelectors.every(({ Field }) => Field === 'eventCategory' || Field === 'readOnly');
    if (!isPlain) recorded.add('custom');
    else recorded.add(readOnly === undefined ? 'all' : readOnly === 'true' ? 'read' : 'write');
  }
  if (recorded.has('all') || (recorded.has('read') && recorded.has('write'))) return 'all';
  return [...recorded].sort()[0] ?? 'none';
}

function recordsDataEvents({ EventSelectors, AdvancedEventSelectors }: Selectors): boolean {
  return (
    EventSelectors.some(({ DataResources }) => DataResources.length > 0) ||
    AdvancedEventSelectors.some(({ FieldSelectors }) => equals(FieldSelectors, 'eventCategory') === 'Data')
  );
}

function equals(selectors: z.output<typeof fieldSelector>[], field: string): string | undefined {
  return selectors.find(({ Field }) => Field === field)?.Equals?.[0];
}
