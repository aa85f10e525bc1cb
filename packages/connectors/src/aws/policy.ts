import type { Stream } from '@evidence-fleet/connector-sdk';

interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly object[];
}

/** The smallest IAM policy that lets `streams` be read, ready for the console or a template: actions sorted, nothing that writes. */
export function readPolicyDocument(streams: readonly Pick<Stream<never>, 'permissions'>[]): PolicyDocument {
  const actions = [...new Set(streams.flatMap(({ permissions }) => permissions))].sort();
  return {
    Version: '2012-10-17',
    Statement: [{ Sid: 'EvidenceFleetRead', Effect: 'Allow', Action: actions, Resource: '*' }],
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
}: {
  principalArn: string;
  externalId: string;
}): PolicyDocument {
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
