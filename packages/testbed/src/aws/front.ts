import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type AwsChanges, awsChanges } from './change.ts';
import { type AwsAnswer, type AwsFaults, errorAnswer, type FaultBoard, faultBoard } from './faults.ts';
import { type Moto, startMoto } from './moto.ts';
import { type AwsOperation, readOperation } from './operation.ts';
import { assumeAccount } from './raw-call.ts';
import { putFleetPolicy, seedAws } from './seed.ts';
import { shapeAnswer } from './shape.ts';
import { tellInstead, withoutPages } from './told-by-front.ts';
import type { AwsAccount, AwsWorld } from './world.ts';

/** A call as AWS saw it. */
export interface AwsRequest {
  /** When it came in. */
  readonly at: Date;
  /** e.g. `iam:ListUsers`. */
  readonly operation: string;
  readonly region: string;
  readonly resource: string;
  /** The account whose resources were asked for; '' for the fleet's own. */
  readonly accountId: string;
  readonly status: number;
}

/** AWS in one process: one address for every service, region and account. */
export interface Aws {
  readonly url: string;
  readonly world: AwsWorld;
  readonly faults: AwsFaults;
  readonly change: AwsChanges;
  readonly requests: readonly AwsRequest[];
  /** Every session that was given out by AssumeRole, in order: what must never leak. */
  readonly minted: readonly MintedSession[];
  /** The fleet's own keys, for credentials of kind `role`; the role's ARN stands in the world. */
  readonly roleKeys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Temporary keys of an account, for credentials of kind `access_keys`. */
  accessKeys(accountId: string): Promise<MintedSession>;
  /** From now on the account's role is given only to who names this external id; before, to who names any. */
  trust(accountId: string, externalId: string): void;
  /**
   * From now on moto checks signatures, and allows what this policy of the fleet's role allows; null: everything again. Sessions of the
   * role must have been made before.
   */
  enforce(policy: object | null): Promise<void>;
  /** Every key but the fleet's own is refused from now on. */
  revokeSessions(): void;
  /** Moves every volatile field and shuffles every list. Changes nothing that is evidence. */
  churn(): void;
  close(): Promise<void>;
}

interface MintedSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface AwsOptions {
  /** The most that one page of a list holds. */
  readonly pageSize?: number;
  /**
   * ListBuckets tells where each bucket is, as AWS does to whoever asks for pages. By default it does not, as moto, so that each bucket is asked
   * for its place. https://docs.aws.amazon.com/AmazonS3/latest/API/API_Bucket.html
   */
  readonly tellsBucketRegions?: boolean;
}

/** Starts moto, seeds `world` into it, and puts the front before it. Throws where `awsAvailability` says no. */
export async function startAws(world: AwsWorld, options: AwsOptions = {}): Promise<Aws> {
  const moto = await startMoto();
  try {
    await seedAws(world, moto);
    return await startFront(world, moto, options);
  } catch (error) {
    await moto.close();
    throw error;
  }
}

/** Alphanumeric in the form of the real ones, and different in each start, so that a leak of it is a leak. */
const ownKeys = () => ({
  accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString('base64'),
});

interface Front {
  readonly motoPort: number;
  readonly pageSize: number;
  readonly tellsBucketRegions: boolean;
  readonly ownKeyId: string;
  /** Account by key. */
  readonly sessions: Map<string, AwsAccount>;
  readonly externalIds: Map<string, string>;
  readonly accountById: (accountId: string) => AwsAccount | undefined;
  readonly faults: FaultBoard;
  readonly requests: AwsRequest[];
  readonly minted: MintedSession[];
  churned: number;
}

async function startFront(
  world: AwsWorld,
  moto: Pick<Moto, 'url' | 'port' | 'enforceAuth' | 'close'>,
  options: AwsOptions,
): Promise<Aws> {
  const roleKeys = ownKeys();
  const accountById = (accountId: string) => world.accounts.find((one) => one.accountId === accountId);
  const front: Front = {
    motoPort: moto.port,
    pageSize: options.pageSize ?? 1000,
    tellsBucketRegions: options.tellsBucketRegions ?? false,
    ownKeyId: roleKeys.accessKeyId,
    sessions: new Map(),
    externalIds: new Map(),
    accountById,
    faults: faultBoard(),
    requests: [],
    minted: [],
    churned: 0,
  };
  const server = createServer((request, response) => {
    serve(front, request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    world,
    faults: front.faults,
    change: awsChanges(world, moto.url),
    requests: front.requests,
    minted: front.minted,
    roleKeys,
    async accessKeys(accountId) {
      const account = accountById(accountId);
      if (account === undefined) throw new Error(`the world has no account ${accountId}`);
      const keys = await assumeAccount(moto.url, account.roleArn);
      front.sessions.set(keys.accessKeyId, account);
      return keys;
    },
    trust: (accountId, externalId) => void front.externalIds.set(accountId, externalId),
    async enforce(policy) {
      await moto.enforceAuth(false);
      if (policy === null) return;
      for (const { roleArn } of world.accounts) await putFleetPolicy(moto.url, roleArn, policy);
      await moto.enforceAuth(true);
    },
    revokeSessions: () => front.sessions.clear(),
    churn() {
      front.churned += 1;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await moto.close();
    },
  };
}

async function serve(front: Front, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const at = new Date();
  const body = await buffer(request);
  const call = readOperation(request, body.toString());
  if (call === undefined) {
    send(response, errorAnswer({ protocol: 'query' }, 403, 'MissingAuthenticationToken', 'The request is not signed'));
    return;
  }
  const account = front.sessions.get(call.accessKeyId);
  const fault = front.faults.strike(call, account?.accountId ?? '');
  const refused = refusal(front, call, account);
  const answer =
    refused ??
    (typeof fault === 'function'
      ? fault(call)
      : shapeAnswer(
          call,
          account,
          tellInstead(call, account, await forward(front, request, call, body)),
          volatile(front),
        ));
  if (call.name === 'sts:AssumeRole') remember(front, call, answer);
  const { name, region, resource } = call;
  front.requests.push({
    at,
    operation: name,
    region,
    resource,
    accountId: account?.accountId ?? '',
    status: answer.status,
  });
  const isCut = fault === 'truncate' && refused === undefined;
  send(
    response,
    isCut ? { ...answer, body: answer.body.slice(0, answer.body.length / 2) } : answer,
    request.method === 'HEAD',
  );
}

const volatile = ({ churned, pageSize, tellsBucketRegions, faults }: Front) => {
  return { churned, pageSize, tellsBucketRegions, isHidden: faults.isHidden };
};

/** What moto accepts and AWS does not: unknown keys, a role without its external id, a region that is not enabled. */
function refusal(front: Front, call: AwsOperation, account: AwsAccount | undefined): AwsAnswer | undefined {
  if (call.name === 'sts:AssumeRole') {
    const target = front.accountById(call.resource.split(':')[4] ?? '');
    const externalId = call.fields.get('ExternalId');
    const expected = target && front.externalIds.get(target.accountId);
    const isTrusted =
      target?.roleArn === call.resource && externalId !== null && (expected === undefined || expected === externalId);
    if (!isTrusted) return errorAnswer(call, 403, 'AccessDenied', 'User is not authorized to perform: sts:AssumeRole');
  }
  if (account === undefined && call.accessKeyId !== front.ownKeyId) {
    return errorAnswer(call, 403, unknownKey[call.protocol], 'The security token included in the request is invalid.');
  }
  const isRegional = call.protocol === 'ec2' || call.protocol === 'json' || call.name.startsWith('rds:');
  if (isRegional && account !== undefined && call.region !== 'us-east-1' && !account.regions.includes(call.region)) {
    return errorAnswer(
      call,
      401,
      unknownKey[call.protocol],
      'AWS was not able to validate the provided access credentials',
    );
  }
  return undefined;
}

const unknownKey = {
  query: 'InvalidClientTokenId',
  ec2: 'AuthFailure',
  s3: 'InvalidAccessKeyId',
  json: 'UnrecognizedClientException',
};

function remember(front: Front, call: AwsOperation, { body }: AwsAnswer): void {
  const account = front.accountById(call.resource.split(':')[4] ?? '');
  const text = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(body)?.[1] ?? '';
  const session = {
    accessKeyId: text('AccessKeyId'),
    secretAccessKey: text('SecretAccessKey'),
    sessionToken: text('SessionToken'),
  };
  if (account === undefined || session.accessKeyId === '') return;
  front.sessions.set(session.accessKeyId, account);
  front.minted.push(session);
}

async function forward(front: Front, request: IncomingMessage, call: AwsOperation, body: Buffer): Promise<AwsAnswer> {
  const answer = await askMoto(front, request, request.url ?? '/', withoutPages(call, body));
  return tellInstead(call, front.sessions.get(call.accessKeyId), answer);
}

/** Passes the bytes on, `Host` included, because signatures cover it. */
async function askMoto(
  { motoPort }: Front,
  { method, headers }: IncomingMessage,
  path: string,
  body: Buffer,
): Promise<AwsAnswer> {
  const sent = { ...headers, ...(body.length > 0 && { 'content-length': String(body.length) }) };
  const outgoing = httpRequest({ host: '127.0.0.1', port: motoPort, method, path, headers: sent });
  outgoing.end(body);
  const [answer]: [IncomingMessage] = (await once(outgoing, 'response')) as [IncomingMessage];
  const text = (await buffer(answer)).toString();
  return {
    status: answer.statusCode ?? 500,
    headers: { 'content-type': answer.headers['content-type'] ?? 'text/xml' },
    body: text,
  };
}

function send(response: ServerResponse, { status, headers, body }: AwsAnswer, isHead = false): void {
  response.writeHead(status, headers);
  response.end(isHead ? undefined : body);
}
