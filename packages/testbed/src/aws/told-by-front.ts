import { type AwsAnswer, errorAnswer } from './faults.ts';
import type { AwsOperation } from './operation.ts';
import type { AwsAccount, AwsEvent } from './world.ts';

/** What moto does not implement, and answers with an internal error once it has found the call to be allowed. */
const answers: Readonly<Record<string, (call: AwsOperation, account: AwsAccount) => object>> = {
  'cloudtrail:LookupEvents': ({ region, fields }, { accountId, events }) => {
    const [from, to] = ['StartTime', 'EndTime'].map((name) => fields.get(name));
    const isInside = ({ at }: AwsEvent) =>
      (from == null || Date.parse(at) >= Number(from) * 1000) && (to == null || Date.parse(at) <= Number(to) * 1000);
    const writesOnly = fields.has('LookupAttributes.1');
    const told = events
      .filter((event) => event.region === region && isInside(event) && !(writesOnly && event.isReadOnly))
      .toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at));
    return { Events: told.map((event) => toldEvent(event, accountId)) };
  },
  'config:DescribeComplianceByConfigRule': ({ region }, { rules }) => ({
    ComplianceByConfigRules: rules
      .filter((rule) => rule.region === region)
      .map(({ name, compliance }) => ({
        ConfigRuleName: name,
        Compliance: {
          ComplianceType: compliance,
          ...(compliance === 'NON_COMPLIANT' && { ComplianceContributorCount: { CappedCount: 2, CapExceeded: false } }),
        },
      })),
  }),
};

/** The front's own answer where moto has none; a refusal of moto's stands. It is asked first, because it checks permissions. */
export function tellInstead(call: AwsOperation, account: AwsAccount | undefined, answer: AwsAnswer): AwsAnswer {
  if (call.name === 's3:GetBucketPolicyStatus' && answer.status === 200) return policyStatus(call, account);
  const own = answers[call.name];
  if (own === undefined || account === undefined || answer.status < 500) return answer;
  const headers = { 'content-type': 'application/x-amz-json-1.1' };
  return { status: 200, headers, body: JSON.stringify(own(call, account)) };
}

/** The front makes the pages, and moto refuses tokens that are not its own; what is changed here no longer fits its signature. */
export function withoutPages({ name, fields }: AwsOperation, body: Buffer): Buffer {
  if (name === 'rds:DescribeDBInstances' && fields.has('Marker'))
    return Buffer.from(body.toString().replace(/&Marker=[^&]*/, ''));
  if (name === 'config:DescribeConfigRules' && fields.has('NextToken')) return Buffer.from('{}');
  return body;
}

/** moto answers nothing here: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html */
function policyStatus(call: AwsOperation, account: AwsAccount | undefined): AwsAnswer {
  const policy = account?.buckets.find(({ name }) => name === call.resource)?.policy ?? null;
  if (policy === null) return errorAnswer(call, 404, 'NoSuchBucketPolicy', 'The bucket policy does not exist');
  const body = `<PolicyStatus><IsPublic>${policy === 'public'}</IsPublic></PolicyStatus>`;
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}

function toldEvent(event: AwsEvent, accountId: string) {
  const record = {
    eventVersion: '1.10',
    userIdentity: {
      type: 'AssumedRole',
      principalId: `AROATESTBED000000000:${event.userName}`,
      arn: `arn:aws:sts::${accountId}:assumed-role/people/${event.userName}`,
      sessionContext: { attributes: { mfaAuthenticated: 'true' } },
    },
    sourceIPAddress: '192.0.2.7',
    ...(event.isRefused && { errorCode: 'AccessDenied' }),
    requestParameters: { secretString: 'a-secret-that-nobody-keeps' },
  };
  return {
    EventId: event.id,
    EventName: event.name,
    EventSource: event.source,
    EventTime: Date.parse(event.at) / 1000,
    ReadOnly: String(event.isReadOnly),
    Username: event.userName,
    Resources: [{ ResourceType: 'AWS::IAM::User', ResourceName: event.userName }],
    CloudTrailEvent: JSON.stringify(record),
  };
}
