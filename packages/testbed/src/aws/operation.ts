import type { IncomingMessage } from 'node:http';

/** What a request asks for, read from its bytes the way each service of AWS writes it. */
export interface AwsOperation {
  /** `<service>:<Operation>` in the connector's words, e.g. `s3control:GetPublicAccessBlock`. */
  readonly name: string;
  readonly protocol: 'query' | 'ec2' | 's3' | 'json';
  readonly region: string;
  readonly accessKeyId: string;
  /** The user, bucket, trail or key it is about; '' where it lists. */
  readonly resource: string;
  /** Fields of the form, or of the query string. */
  readonly fields: URLSearchParams;
}

/** Undefined for what no AWS client sends. */
export function readOperation(
  request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  body: string,
): AwsOperation | undefined {
  const authorization = request.headers.authorization ?? '';
  const [, accessKeyId, region, service] = /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(authorization) ?? [];
  if (accessKeyId === undefined || region === undefined || service === undefined) return undefined;
  const url = new URL(request.url ?? '/', 'http://front');
  const about = { region, accessKeyId };
  if (service === 's3')
    return { ...about, ...s3Operation(request.method ?? 'GET', url), protocol: 's3', fields: url.searchParams };
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') {
    const fields = jsonFields(body);
    const resource = namingInJson.map((field) => fields.get(field)).find((name) => name !== null) ?? '';
    return { ...about, name: `${service}:${target.split('.').at(-1)}`, protocol: 'json', resource, fields };
  }
  const fields = new URLSearchParams(body);
  const resource = naming.map((field) => fields.get(field)).find((name) => name !== null) ?? '';
  return {
    ...about,
    name: `${service}:${fields.get('Action')}`,
    protocol: service === 'ec2' ? 'ec2' : 'query',
    resource,
    fields,
  };
}

/** Fields that name the one resource which a call is about. */
const naming = [
  ...['UserName', 'RoleArn', 'RoleName', 'PolicyArn', 'AccessKeyId'],
  ...['VpcId.1', 'GroupId.1', 'FlowLogId.1', 'Filters.Filter.1.Values.Value.1'],
];

const namingInJson = ['TrailName', 'Name', 'KeyId', 'ConfigRuleNames.1'];

/** The fields of a JSON body by their names; the first of a list stands under `<name>.1`, as forms write it. */
function jsonFields(body: string): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(JSON.parse(body || '{}'))) {
    if (Array.isArray(value)) fields.set(`${name}.1`, String(value[0]));
    else fields.set(name, String(value));
  }
  return fields;
}

const subresources: Record<string, string> = {
  location: 'GetBucketLocation',
  encryption: 'GetBucketEncryption',
  versioning: 'GetBucketVersioning',
  logging: 'GetBucketLogging',
  policyStatus: 'GetBucketPolicyStatus',
  publicAccessBlock: 'GetPublicAccessBlock',
};

function s3Operation(method: string, { pathname, searchParams }: URL): { name: string; resource: string } {
  if (pathname.endsWith('/configuration/publicAccessBlock'))
    return { name: 's3control:GetPublicAccessBlock', resource: '' };
  const resource = pathname.split('/')[1] ?? '';
  if (resource === '') return { name: 's3:ListBuckets', resource };
  if (method === 'HEAD') return { name: 's3:HeadBucket', resource };
  const subresource = Object.keys(subresources).find((name) => searchParams.has(name));
  return { name: `s3:${subresource === undefined ? method : subresources[subresource]}`, resource };
}
