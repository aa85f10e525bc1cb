/** Who calls moto: without enforcement the key alone decides about the account, and nothing needs signing. */
export interface RawCaller {
  readonly endpoint: string;
  readonly accessKeyId: string;
}

export interface RawRequest {
  readonly service: string;
  readonly region: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** One request in AWS's wire format, without an SDK: fast enough to seed thousands of resources. Throws at every refusal. */
export async function rawCall(caller: RawCaller, request: RawRequest): Promise<string> {
  const scope = `20260101/${request.region}/${request.service}/aws4_request`;
  const answer = await fetch(`${caller.endpoint}${request.path ?? '/'}`, {
    method: request.method ?? 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${caller.accessKeyId}/${scope}, SignedHeaders=host, Signature=0`,
      ...request.headers,
    },
    body: request.body ?? null,
  });
  const text = await answer.text();
  if (!answer.ok)
    throw new Error(
      `${request.service} refused ${request.path ?? request.body?.slice(0, 60)}: ${answer.status} ${text}`,
    );
  return text;
}

const versions = { iam: '2010-05-08', sts: '2011-06-15', ec2: '2016-11-15', rds: '2014-10-31' };

/** An operation of a service that takes form fields: IAM, STS, EC2, RDS. */
export function queryCall(
  caller: RawCaller,
  { service, region = 'us-east-1' }: { service: keyof typeof versions; region?: string },
  fields: Record<string, string>,
): Promise<string> {
  const body = new URLSearchParams({ Version: versions[service], ...fields }).toString();
  return rawCall(caller, { service, region, body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
}

const targets = {
  cloudtrail: 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101',
  config: 'StarlingDoveService',
  kms: 'TrentService',
};

/** An operation of a service that takes JSON: CloudTrail, Config, KMS. */
export function jsonCall(
  caller: RawCaller,
  { service, region }: { service: keyof typeof targets; region: string },
  operation: string,
  body: object,
): Promise<string> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${targets[service]}.${operation}` };
  return rawCall(caller, { service, region, body: JSON.stringify(body), headers });
}

/** What is in the first element of that name, which holds no others unless `inner` says so; throws where there is none. */
export function xmlText(xml: string, name: string, inner = '[^<]*'): string {
  const text = new RegExp(`<${name}>(${inner})</${name}>`, 's').exec(xml)?.[1];
  if (text === undefined) throw new Error(`no <${name}> in the answer`);
  return text;
}

/** Keys of a session in another account: moto gives that account's resources to them. */
export async function assumeAccount(endpoint: string, roleArn: string) {
  const caller = { endpoint, accessKeyId: 'AKIATESTBED000000000' };
  const answer = await queryCall(
    caller,
    { service: 'sts' },
    { Action: 'AssumeRole', RoleArn: roleArn, RoleSessionName: 'testbed' },
  );
  return {
    accessKeyId: xmlText(answer, 'AccessKeyId'),
    secretAccessKey: xmlText(answer, 'SecretAccessKey'),
    sessionToken: xmlText(answer, 'SessionToken'),
  };
}
