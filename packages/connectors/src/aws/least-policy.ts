import type { Stream } from '@evidence-fleet/connector-sdk';
import { aws } from './index.ts';

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource?: '*';
  readonly Principal?: { readonly AWS: string };
  readonly Condition?: { readonly StringEquals: { readonly 'sts:ExternalId': string } };
}

interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** The role that a customer makes for the fleet: what it may read, and who may assume it. */
export interface LeastRole {
  readonly roleName: string;
  readonly policy: PolicyDocument;
  readonly trustPolicy: PolicyDocument;
}

export interface LeastRoleOptions {
  /** Names of evidence types, e.g. `aws.iam_user`; throws for one that aws does not collect. */
  readonly types: readonly string[];
  /** Who assumes the role: the user or role whose keys the credential holds. */
  readonly principalArn: string;
  readonly externalId: string;
  readonly roleName?: string;
}

/** The least that the role of an integration needs, for these evidence types and no others. */
export function leastRole({
  types,
  principalArn,
  externalId,
  roleName = 'EvidenceFleet',
}: LeastRoleOptions): LeastRole {
  const streams = types.map((type) => {
    const stream = aws.streams.find(({ evidence }) => evidence.name === type);
    if (stream !== undefined) return stream;
    const known = aws.streams.map(({ evidence }) => evidence.name).join(', ');
    throw new Error(`aws does not collect ${type}: choose from ${known}.`);
  });
  return {
    roleName,
    policy: readPolicyDocument(streams),
    trustPolicy: trustPolicyDocument({ principalArn, externalId }),
  };
}

/** The smallest IAM policy that lets `streams` be read: a statement a service, both sorted, and nothing that writes. */
export function readPolicyDocument(streams: readonly Pick<Stream<never>, 'permissions'>[]): PolicyDocument {
  const actions = [...new Set(streams.flatMap(({ permissions }) => permissions))].sort();
  const services = Map.groupBy(actions, (action) => action.split(':')[0] ?? '');
  return {
    Version: '2012-10-17',
    Statement: [...services].map(([service, Action]) => ({
      Sid: `EvidenceFleetReads${service[0]?.toUpperCase()}${service.slice(1)}`,
      Effect: 'Allow',
      Action,
      Resource: '*', // most of these actions know no other: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
    })),
  };
}

/**
 * The trust policy of the role, bound to the external id of one integration.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
 * @param principalArn who assumes the role: the user or role whose keys the credential holds
 */
export function trustPolicyDocument({
  principalArn,
  externalId,
}: Pick<LeastRoleOptions, 'principalArn' | 'externalId'>): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'EvidenceFleetAssume',
        Effect: 'Allow',
        Principal: { AWS: principalArn },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': externalId } },
      },
    ],
  };
}

/**
 * A CloudFormation template in JSON, which its YAML readers take as well. A named role needs `--capabilities CAPABILITY_NAMED_IAM`.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
 */
export function toCloudFormation({ roleName, policy, trustPolicy }: LeastRole): string {
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Lets Evidence Fleet read compliance evidence from this account.',
    Resources: {
      EvidenceFleetRole: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: roleName,
          AssumeRolePolicyDocument: trustPolicy,
          Policies: [{ PolicyName: 'EvidenceFleetRead', PolicyDocument: policy }],
        },
      },
    },
    Outputs: { RoleArn: { Value: { 'Fn::GetAtt': ['EvidenceFleetRole', 'Arn'] } } },
  };
  return `${JSON.stringify(template, null, 2)}\n`;
}

/** A Terraform configuration: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role_policy */
export function toTerraform({ roleName, policy, trustPolicy }: LeastRole): string {
  return `resource "aws_iam_role" "evidence_fleet" {
  name               = ${quoted(roleName)}
  assume_role_policy = ${encoded(trustPolicy)}
}

resource "aws_iam_role_policy" "evidence_fleet_read" {
  name   = "EvidenceFleetRead"
  role   = aws_iam_role.evidence_fleet.id
  policy = ${encoded(policy)}
}

output "evidence_fleet_role_arn" {
  value = aws_iam_role.evidence_fleet.arn
}
`;
}

/** Terraform reads JSON as an object of its own language; only its templates in strings must be kept from it. */
function encoded(document: PolicyDocument): string {
  return `jsonencode(${plain(JSON.stringify(document, null, 2)).replaceAll('\n', '\n  ')})`;
}

const quoted = (text: string) => plain(JSON.stringify(text));

/** https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences */
function plain(text: string): string {
  return text.replace(/[$%](?=\{)/g, (sign) => sign + sign);
}
