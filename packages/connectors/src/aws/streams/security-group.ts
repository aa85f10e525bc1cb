import { Checkpoint, nullIf, type Row, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Aws } from '../client.ts';
import { securityGroup } from '../evidence-network.ts';
import { pages } from '../pages.ts';
import { regionSlices } from './region-slices.ts';

type GroupRow = Row<typeof securityGroup>;

export const securityGroups = stream(
  securityGroup,
  {
    slices: regionSlices,
    permissions: ['ec2:DescribeRegions', 'ec2:DescribeSecurityGroups'],
    docs: ['https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html'],
    calls: {
      reads: [1, { pagesOfEach: 'security groups of a region', size: 1000 }],
      proves: [1],
    },
    async probe(aws: Aws, { accountId, region, groupId }) {
      const answer = await aws
        .ec2(region)('DescribeSecurityGroups', groupsAnswer, (ec2, options) =>
          ec2.describeSecurityGroups({ GroupIds: [groupId] }, options),
        )
        .catch(nullIf('not_found', /^InvalidGroup\.NotFound /));
      const found = answer?.SecurityGroups.find(({ GroupId }) => GroupId === groupId);
      return found === undefined ? null : groupRow(accountId, region, found);
    },
  },
  async function* (aws, { slice, resume }) {
    const { accountId } = await aws.identity();
    const listing = pages(async (NextToken) => {
      const answer = await aws.ec2(slice.id)('DescribeSecurityGroups', groupsAnswer, (ec2, options) =>
        ec2.describeSecurityGroups({ MaxResults: 1000, ...(NextToken !== undefined && { NextToken }) }, options),
      );
      return { items: answer.SecurityGroups, next: answer.NextToken };
    }, resume);
    for await (const { items, next } of listing) {
      for (const item of items) yield groupRow(accountId, slice.id, item);
      if (next !== undefined) yield new Checkpoint(next);
    }
  },
);

const permission = z.object({
  IpProtocol: z.string().min(1),
  FromPort: z.int().optional(),
  ToPort: z.int().optional(),
  IpRanges: z.array(z.object({ CidrIp: z.string().min(1) })).default([]),
  Ipv6Ranges: z.array(z.object({ CidrIpv6: z.string().min(1) })).default([]),
  PrefixListIds: z.array(z.object({ PrefixListId: z.string().min(1) })).default([]),
  UserIdGroupPairs: z.array(z.object({ GroupId: z.string().min(1) })).default([]),
});
const groupsAnswer = z.object({
  SecurityGroups: z.array(
    z.object({
      GroupId: z.string().min(1),
      GroupName: z.string().min(1),
      OwnerId: z.string().min(1),
      VpcId: z.string().optional(),
      IpPermissions: z.array(permission).default([]),
      IpPermissionsEgress: z.array(permission).default([]),
    }),
  ),
  NextToken: z.string().min(1).optional(),
});

function groupRow(
  accountId: string,
  region: string,
  item: z.output<typeof groupsAnswer>['SecurityGroups'][number],
): GroupRow {
  const ingress = item.IpPermissions.flatMap(rules);
  return {
    accountId,
    region,
    groupId: item.GroupId,
    groupName: item.GroupName,
    vpcId: item.VpcId ?? null,
    ownerAccountId: item.OwnerId,
    isDefault: item.GroupName === 'default',
    ingress,
    egress: item.IpPermissionsEgress.flatMap(rules),
    opensAllToWorld: ingress.some((one) => isWorld(one) && one.protocol === 'all'),
    opensSshToWorld: ingress.some((one) => isWorld(one) && covers(one, 22)),
    opensRdpToWorld: ingress.some((one) => isWorld(one) && covers(one, 3389)),
  };
}

/** One rule a peer. Descriptions are left out: they change nothing. */
function rules(item: z.output<typeof permission>): GroupRow['ingress'] {
  const peers = [
    ...item.IpRanges.map(({ CidrIp }) => CidrIp),
    ...item.Ipv6Ranges.map(({ CidrIpv6 }) => CidrIpv6),
    ...item.PrefixListIds.map(({ PrefixListId }) => PrefixListId),
    ...item.UserIdGroupPairs.map(({ GroupId }) => GroupId),
  ];
  const protocol = item.IpProtocol === '-1' ? 'all' : item.IpProtocol;
  const port = (value: number | undefined) => (value === undefined || value === -1 ? null : value);
  return peers.map((peer) => ({ protocol, fromPort: port(item.FromPort), toPort: port(item.ToPort), peer }));
}

function isWorld({ peer }: GroupRow['ingress'][number]): boolean {
  return peer === '0.0.0.0/0' || peer === '::/0';
}

/** SSH and RDP go over TCP; RDP over UDP too. */
function covers({ protocol, fromPort, toPort }: GroupRow['ingress'][number], port: number): boolean {
  if (protocol === 'all') return true;
  if (!['tcp', '6', 'udp', '17'].includes(protocol)) return false;
  return fromPort === null || toPort === null || (fromPort <= port && port <= toPort);
}
