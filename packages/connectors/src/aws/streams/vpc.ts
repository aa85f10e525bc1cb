import { Checkpoint, nullIf, type Row, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';
import { vpc } from '../evidence.ts';
import { pages } from '../pages.ts';
import { regionSlices } from './region-slices.ts';

export const vpcs = stream(
  vpc,
  {
    slices: regionSlices,
    permissions: ['ec2:DescribeRegions', 'ec2:DescribeVpcs'],
    docs: [
      'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html',
      'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html',
    ],
    calls: {
      reads: [1, { pagesOfEach: 'VPCs of a region', size: 1000 }],
      proves: [1],
    },
    async probe(aws: Aws, { accountId, region, vpcId }) {
      const answer = await aws
        .ec2(region)('DescribeVpcs', vpcsAnswer, (ec2, options) => ec2.describeVpcs({ VpcIds: [vpcId] }, options))
        .catch(nullIf('not_found', /^InvalidVpcID\.NotFound /));
      const found = answer?.Vpcs.find(({ VpcId }) => VpcId === vpcId);
      return found === undefined ? null : vpcRow(accountId, region, found);
    },
  },
  async function* (aws, { slice, resume }) {
    const { accountId } = await aws.identity();
    const listing = pages(async (NextToken) => {
      const answer = await aws.ec2(slice.id)('DescribeVpcs', vpcsAnswer, (ec2, options) =>
        ec2.describeVpcs({ MaxResults: 1000, ...(NextToken !== undefined && { NextToken }) }, options),
      );
      return { items: answer.Vpcs, next: answer.NextToken };
    }, resume);
    for await (const { items, next } of listing) {
      for (const item of items) yield vpcRow(accountId, slice.id, item);
      if (next !== undefined) yield new Checkpoint(next);
    }
  },
);

const vpcsAnswer = z.object({
  Vpcs: z.array(
    z.object({
      VpcId: z.string().min(1),
      OwnerId: z.string().min(1),
      IsDefault: z.boolean(),
      State: z.string().min(1),
      InstanceTenancy: z.string().min(1),
      DhcpOptionsId: z.string().optional(),
      CidrBlockAssociationSet: z
        .array(z.object({ CidrBlock: z.string().min(1), CidrBlockState: z.object({ State: z.string() }).optional() }))
        .optional(),
      CidrBlock: z.string().min(1),
      Ipv6CidrBlockAssociationSet: z
        .array(
          z.object({
            Ipv6CidrBlock: z.string().optional(),
            Ipv6CidrBlockState: z.object({ State: z.string() }).optional(),
          }),
        )
        .optional(),
      Tags: z.array(z.object({ Key: z.string(), Value: z.string().default('') })).optional(),
    }),
  ),
  NextToken: z.string().min(1).optional(),
});

/** The listing of EC2 keeps ranges that were taken off; they are no longer part of the network. */
const isAssociated = (state: { State: string } | undefined) => state === undefined || state.State === 'associated';

function vpcRow(accountId: string, region: string, item: z.output<typeof vpcsAnswer>['Vpcs'][number]): Row<typeof vpc> {
  const ranges = (item.CidrBlockAssociationSet ?? []).filter((one) => isAssociated(one.CidrBlockState));
  const ranges6 = (item.Ipv6CidrBlockAssociationSet ?? []).filter((one) => isAssociated(one.Ipv6CidrBlockState));
  return {
    accountId,
    region,
    vpcId: item.VpcId,
    ownerAccountId: item.OwnerId,
    name: item.Tags?.find(({ Key }) => Key === 'Name')?.Value ?? null,
    isDefault: item.IsDefault,
    state: item.State,
    tenancy: item.InstanceTenancy,
    cidrBlocks: [...new Set([item.CidrBlock, ...ranges.map(({ CidrBlock }) => CidrBlock)])],
    ipv6CidrBlocks: ranges6.flatMap(({ Ipv6CidrBlock }) => Ipv6CidrBlock ?? []),
    dhcpOptionsId: item.DhcpOptionsId ?? null,
  };
}
