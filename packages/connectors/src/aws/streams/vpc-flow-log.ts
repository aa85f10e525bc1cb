import { Checkpoint, nullIf, type Row, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';
import { vpcFlowLog } from '../evidence-network.ts';
import { pages } from '../pages.ts';
import { regionSlices } from './region-slices.ts';

export const vpcFlowLogs = stream(
  vpcFlowLog,
  {
    slices: regionSlices,
    permissions: ['ec2:DescribeRegions', 'ec2:DescribeFlowLogs'],
    docs: ['https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeFlowLogs.html'],
    calls: {
      reads: [1, { pagesOfEach: 'flow logs of a region', size: 1000 }],
      proves: [1],
    },
    async probe(aws: Aws, { accountId, region, flowLogId }) {
      const answer = await aws
        .ec2(region)('DescribeFlowLogs', flowLogsAnswer, (ec2, options) =>
          ec2.describeFlowLogs({ FlowLogIds: [flowLogId] }, options),
        )
        .catch(nullIf('not_found', /^InvalidFlowLogId\.NotFound /));
      const found = answer?.FlowLogs.find(({ FlowLogId }) => FlowLogId === flowLogId);
      return found === undefined ? null : flowLogRow(accountId, region, found);
    },
  },
  async function* (aws, { slice, resume }) {
    const { accountId } = await aws.identity();
    const listing = pages(async (NextToken) => {
      const answer = await aws.ec2(slice.id)('DescribeFlowLogs', flowLogsAnswer, (ec2, options) =>
        ec2.describeFlowLogs({ MaxResults: 1000, ...(NextToken !== undefined && { NextToken }) }, options),
      );
      return { items: answer.FlowLogs, next: answer.NextToken };
    }, resume);
    for await (const { items, next } of listing) {
      for (const item of items) yield flowLogRow(accountId, slice.id, item);
      if (next !== undefined) yield new Checkpoint(next);
    }
  },
);

const flowLogsAnswer = z.object({
  FlowLogs: z.array(
    z.object({
      FlowLogId: z.string().min(1),
      FlowLogStatus: z.string().min(1),
      ResourceId: z.string().min(1),
      TrafficType: z.string().optional(),
      LogDestinationType: z.string().optional(),
      LogDestination: z.string().optional(),
      LogGroupName: z.string().optional(),
      MaxAggregationInterval: z.int().optional(),
      CreationTime: z.date().optional(),
      DeliverLogsStatus: z.string().optional(),
      DeliverLogsErrorMessage: z.string().optional(),
    }),
  ),
  NextToken: z.string().min(1).optional(),
});

function flowLogRow(
  accountId: string,
  region: string,
  item: z.output<typeof flowLogsAnswer>['FlowLogs'][number],
): Row<typeof vpcFlowLog> {
  return {
    accountId,
    region,
    flowLogId: item.FlowLogId,
    resourceId: item.ResourceId,
    status: item.FlowLogStatus,
    traffic: item.TrafficType ?? null,
    destinationType: item.LogDestinationType ?? null,
    destination: item.LogDestination || item.LogGroupName || null,
    aggregationSeconds: item.MaxAggregationInterval ?? null,
    createdAt: item.CreationTime?.toISOString() ?? null,
    delivers: item.DeliverLogsStatus === undefined ? null : item.DeliverLogsStatus === 'SUCCESS',
    deliveryError: item.DeliverLogsErrorMessage || null,
  };
}
