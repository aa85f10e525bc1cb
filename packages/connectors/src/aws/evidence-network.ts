import { defineEvidence } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';

const time = z.iso.datetime();
const accountId = z.string().regex(/^\d{12}$/);
const region = z.string().min(1);

const rule = z.object({
  /** `tcp`, `udp`, `icmp`, a protocol's number, or `all`. */
  protocol: z.string().min(1),
  /** null: every port, or a protocol without ports. */
  fromPort: z.int().nullable(),
  toPort: z.int().nullable(),
  /** A range of addresses, a security group or a prefix list. */
  peer: z.string().min(1),
});

/** A firewall of instances. `0.0.0.0/0` and `::/0` are the world. */
export const securityGroup = defineEvidence({
  name: 'aws.security_group',
  title: 'Security group and what it opens',
  version: 1,
  mode: 'snapshot',
  key: ['accountId', 'region', 'groupId'],
  schema: z.object({
    accountId,
    region,
    groupId: z.string().min(1),
    groupName: z.string().min(1),
    vpcId: z.string().nullable(),
    ownerAccountId: accountId,
    /** Every VPC has one; it cannot be removed. */
    isDefault: z.boolean(),
    /** What may come in. */
    ingress: z.array(rule),
    /** What may go out. */
    egress: z.array(rule),
    /** Some rule lets the whole world in on every port. */
    opensAllToWorld: z.boolean(),
    /** Some rule lets the whole world in on port 22. */
    opensSshToWorld: z.boolean(),
    /** Some rule lets the whole world in on port 3389. */
    opensRdpToWorld: z.boolean(),
  }),
  unordered: ['ingress', 'egress'],
});

/** A record of the traffic of a VPC, subnet or interface. */
export const vpcFlowLog = defineEvidence({
  name: 'aws.vpc_flow_log',
  title: 'VPC flow log',
  version: 1,
  mode: 'snapshot',
  key: ['accountId', 'region', 'flowLogId'],
  schema: z.object({
    accountId,
    region,
    flowLogId: z.string().min(1),
    /** The VPC, subnet, interface or gateway. */
    resourceId: z.string().min(1),
    status: z.string().min(1),
    /** `ALL`, `ACCEPT` or `REJECT`; null: the resource has no such choice. */
    traffic: z.string().nullable(),
    /** `cloud-watch-logs`, `s3` or `kinesis-data-firehose`. */
    destinationType: z.string().nullable(),
    /** The ARN of the bucket or stream, or the name of the log group. */
    destination: z.string().nullable(),
    /** The longest time that one record sums up: 60 or 600. */
    aggregationSeconds: z.int().nullable(),
    createdAt: time.nullable(),
    /** null: AWS has delivered nothing yet. */
    delivers: z.boolean().nullable(),
    /** null: it delivers. */
    deliveryError: z.string().nullable(),
  }),
});
