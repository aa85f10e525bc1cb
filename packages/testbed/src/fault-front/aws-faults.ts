import { errorAnswer } from '../aws/faults.ts';
import { type AwsList, awsLists } from '../aws/lists.ts';
import { type AwsOperation, readOperation } from '../aws/operation.ts';

import type {
  FaultAdapter,
  FrontAnswer,
  FrontCall,
  FrontFault,
  FrontRequest,
  ListPage,
  RefusalStatus,
} from './adapter.ts';
import { daysBetween } from './faults.ts';

/** What the front must know of AWS. */
export const awsFaults: FaultAdapter = {
  read,
  refuse,
  page,
  self: ({ request }) => tokenOf(operationOf(request)),
  otherShape: (call) => document(call, '<Other><Thing>1</Thing></Other>', { unexpected: { shape: true } }),
  deep: (call) =>
    wrapped(call, '<a>'.repeat(10_000) + '</a>'.repeat(10_000), `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`),
  million: (call) =>
    wrapped(call, `<Users>${'<member/>'.repeat(1_000_000)}</Users>`, `{"trailList":[${'{},'.repeat(999_999)}{}]}`),
  faults: [
    throttle('Throttling', 400, {
      query: 'Throttling',
      ec2: 'RequestLimitExceeded',
      s3: 'SlowDown',
      json: 'ThrottlingException',
    }),
    throttle('SlowDown in 503', 503, {
      query: 'Throttling',
      ec2: 'RequestLimitExceeded',
      s3: 'SlowDown',
      json: 'ThrottlingException',
    }),
    {
      // A policy that lacks the permission: every call of the operation is refused.
      name: 'partial grant',
      wholeOperation: true,
      fits: () => true,
      strike: ({ call }) => ({ kind: 'answer', answer: refuse(call, 403) }),
    },
  ],
};

/** The fields that hold a page's token, one a service. */
const tokenFields = ['Marker', 'NextToken', 'continuation-token'];

/** Fields by which an operation that lists is asked for one resource. */
const pointReads = ['VpcId.1', 'GroupId.1', 'FlowLogId.1', 'ConfigRuleNames.1', 'Filters.Filter.1.Name'];

function operationOf(request: FrontRequest): AwsOperation {
  const operation = readOperation({ ...request, url: request.path }, request.body);
  if (operation === undefined) throw new Error('the request is not signed');
  return operation;
}

function tokenOf({ fields }: AwsOperation): string {
  return tokenFields.map((name) => fields.get(name)).find((token) => token !== null) ?? 'begin';
}

function read(request: FrontRequest): FrontCall | undefined {
  const operation = readOperation({ ...request, url: request.path }, request.body);
  if (operation === undefined) return undefined;
  const { name, region, resource, fields } = operation;
  const token = tokenFields.map((field) => fields.get(field)).find((one) => one !== null);
  const isPointRead = pointReads.some((field) => fields.has(field));
  const asked = fields.get('AllRegions') === 'true' ? '(AllRegions)' : isPointRead ? '(one)' : '';
  const list = `${region} ${resource}`;
  return {
    request,
    operation: name + asked,
    site: token == null ? list : `${list} ${token}`,
    list: Object.hasOwn(awsLists, name) && !isPointRead ? list : undefined,
    window: daysBetween(timeOf(fields.get('StartTime')), timeOf(fields.get('EndTime'))),
  };
}

/** Seconds since 1970, as JSON of AWS writes times. */
function timeOf(seconds: string | null): string | null {
  return seconds === null ? null : new Date(Number(seconds) * 1000).toISOString();
}

function page(call: FrontCall, answer: FrontAnswer): ListPage | undefined {
  const list = call.list === undefined ? undefined : listOf(call);
  if (answer.status !== 200 || list === undefined) return undefined;
  const items = list.items(answer.body);
  const next = list.next(answer.body);
  return {
    items,
    next: next || undefined,
    write: (change) => ({
      ...answer,
      body: list.write(
        answer.body,
        change.items ?? items,
        list.asks === undefined || change.next === undefined ? next : (change.next ?? ''),
      ),
    }),
  };
}

function listOf({ request }: FrontCall): AwsList | undefined {
  const { name } = operationOf(request);
  return Object.hasOwn(awsLists, name) ? awsLists[name] : undefined;
}

type Codes = Readonly<Record<AwsOperation['protocol'], string>>;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and each service's own. */
const refusals: Readonly<Record<RefusalStatus, Codes>> = {
  401: {
    query: 'InvalidClientTokenId',
    ec2: 'AuthFailure',
    s3: 'InvalidAccessKeyId',
    json: 'UnrecognizedClientException',
  },
  403: { query: 'AccessDenied', ec2: 'UnauthorizedOperation', s3: 'AccessDenied', json: 'AccessDeniedException' },
  404: { query: 'NoSuchEntity', ec2: 'NotFound', s3: 'NoSuchBucket', json: 'ResourceNotFoundException' },
  429: {
    query: 'TooManyRequestsException',
    ec2: 'TooManyRequestsException',
    s3: 'TooManyRequestsException',
    json: 'TooManyRequestsException',
  },
  500: { query: 'InternalFailure', ec2: 'InternalError', s3: 'InternalError', json: 'InternalFailure' },
  502: { query: 'BadGateway', ec2: 'BadGateway', s3: 'BadGateway', json: 'BadGateway' },
  503: { query: 'ServiceUnavailable', ec2: 'Unavailable', s3: 'ServiceUnavailable', json: 'ServiceUnavailable' },
};

function refuse(call: FrontCall, status: RefusalStatus, headers: Readonly<Record<string, string>> = {}): FrontAnswer {
  return error(call, status, refusals[status], headers);
}

function error(
  call: FrontCall,
  status: number,
  codes: Codes,
  headers: Readonly<Record<string, string>> = {},
): FrontAnswer {
  const operation = operationOf(call.request);
  const answer = errorAnswer(operation, status, codes[operation.protocol], 'The request was not answered.');
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

function throttle(name: string, status: number, codes: Codes): FrontFault {
  return { name, fits: () => true, strike: ({ call }) => ({ kind: 'answer', answer: error(call, status, codes) }) };
}

/** A success in the protocol of the service, under a root that the operation does not have. */
function document(call: FrontCall, xml: string, told: object): FrontAnswer {
  const { protocol } = operationOf(call.request);
  if (protocol === 'json')
    return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(told) };
  return { status: 200, headers: { 'content-type': 'text/xml' }, body: `<?xml version="1.0"?>${xml}` };
}

/** A success whose outermost element is the operation's own. */
function wrapped(call: FrontCall, inner: string, told: string): FrontAnswer {
  const { protocol, name } = operationOf(call.request);
  if (protocol === 'json')
    return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: told };
  const operation = name.split(':')[1] ?? '';
  const root = roots[operation] ?? `${operation}${protocol === 's3' ? 'Result' : 'Response'}`;
  const result = protocol === 'query' ? `<${operation}Result>${inner}</${operation}Result>` : inner;
  return { status: 200, headers: { 'content-type': 'text/xml' }, body: `<${root}>${result}</${root}>` };
}

/** S3 names the outermost element after what it describes: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html */
const roots: Readonly<Record<string, string>> = {
  ListBuckets: 'ListAllMyBucketsResult',
  GetBucketLocation: 'LocationConstraint',
  GetBucketEncryption: 'ServerSideEncryptionConfiguration',
  GetBucketVersioning: 'VersioningConfiguration',
  GetBucketLogging: 'BucketLoggingStatus',
  GetBucketPolicyStatus: 'PolicyStatus',
  GetPublicAccessBlock: 'PublicAccessBlockConfiguration',
};
