import type { IncomingMessage } from 'node:http';

/** What a request asks for, read from its bytes the way each service of AWS writes it. */
export interface AwsOperation {
  /** `<service>:<Operation>` in the connector's words, e.g. `s3control:GetPublicAccessBlock`. */
  readonly name: string;
  readonly protocol: 'query' | 'ec2' | 's3' | 'json';
  readonly region: string;
  readonly accessKeyId: string;
  /** The user, bucket or trail it is about; '' where it lists. */
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
    const fields = new URLSearchParams();
    const resource = /"(?:Trail)?Name":\s*"([^"]*)"/.exec(body)?.[1] ?? '';
    return { ...about, name: `${service}:${target.split('.').at(-1)}`, protocol: 'json', resource, fields };
  }
  const fields = new URLSearchParams(body);
  const resource = fields.get('UserName') ?? fields.get('RoleArn') ?? fields.get('VpcId.1') ?? '';
  return {
    ...about,
    name: `${service}:${fields.get('Action')}`,
    protocol: service === 'ec2' ? 'ec2' : 'query',
    resource,
    fields,
  };
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
