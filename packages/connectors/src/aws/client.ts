import type { CloudTrail } from '@aws-sdk/client-cloudtrail';
import type { ConfigService } from '@aws-sdk/client-config-service';
import type { EC2 } from '@aws-sdk/client-ec2';
import type { IAM } from '@aws-sdk/client-iam';
import type { KMS } from '@aws-sdk/client-kms';
import type { RDS } from '@aws-sdk/client-rds';
import type { S3 } from '@aws-sdk/client-s3';
import type { S3Control } from '@aws-sdk/client-s3-control';
import type { STS } from '@aws-sdk/client-sts';
import { ConnectorError, type Credentials, type Runtime } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { awsError } from './errors.ts';
import { transportHandler } from './request-handler.ts';
import { fixedSession, mintedSession, type Session, sessionKeys } from './session.ts';
import type { AwsSettings, awsAuth } from './settings.ts';

export type AwsCredentials = Credentials<typeof awsAuth>;

/**
 * Calls one operation and parses its answer. `send` uses the SDK's client: names of operations, inputs and types are AWS's own.
 * Throws ConnectorError; `malformed` where the answer is not what `answer` describes.
 */
type Service<Client> = <Answer extends z.ZodType>(
  operation: string,
  answer: Answer,
  send: (client: Client, options: { abortSignal: AbortSignal }) => Promise<unknown>,
) => Promise<z.output<Answer>>;

/** One AWS account, as the streams see it. */
export interface Aws {
  readonly settings: AwsSettings;
  /** Who the credential is. */
  identity(): Promise<{ readonly accountId: string; readonly arn: string }>;
  /** The regions to read, sorted: the configured ones, or every one that is enabled for the account. */
  regions(): Promise<readonly string[]>;
  readonly iam: Service<IAM>;
  readonly s3control: Service<S3Control>;
  s3(region: string): Service<S3>;
  cloudtrail(region: string): Service<CloudTrail>;
  ec2(region: string): Service<EC2>;
  config(region: string): Service<ConfigService>;
  kms(region: string): Service<KMS>;
  rds(region: string): Service<RDS>;
}

const callerIdentity = z.object({ Account: z.string().regex(/^\d{12}$/), Arn: z.string().min(1) });
const regionsAnswer = z.object({
  Regions: z.array(z.object({ RegionName: z.string().min(1), OptInStatus: z.string().min(1) })).min(1),
});

/** Builds the client of one run. Makes no call; each SDK package is loaded when a stream first needs it. */
export function connectAws(
  { credentials, settings }: { credentials: AwsCredentials; settings: AwsSettings },
  runtime: Runtime,
): Aws {
  const home = settings.homeRegion;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const own = fixedSession({ accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) });
  const session = credentials.kind === 'role' ? assumeRole(settings, runtime, own) : own;

  const loaded = new Map<string, Promise<unknown>>();
  function service<Client>(name: string, region: string, load: () => Promise<Client>): Service<Client> {
    const id = `${name} ${region}`;
    return async (operation, answer, send) => {
      const client = loaded.get(id) ?? load();
      loaded.set(id, client);
      // The map is heterogeneous; an id names one type of client, because it begins with the service.
      const ready = (await client) as Client;
      await session.ready();
      const raw = await callAws(runtime, `${name}:${operation}`, (options) => send(ready, options)).catch((error) => {
        throw region === home ? error : regionRefusal(error, region);
      });
      return parseAnswer(`${name}:${operation}`, answer, raw);
    };
  }

  const config = (region: string) => clientConfig(region, session, runtime);
  const sts: Service<STS> = service(
    'sts',
    home,
    async () => new (await import('@aws-sdk/client-sts')).STS(config(home)),
  );
  const ec2 = (region: string): Service<EC2> =>
    service('ec2', region, async () => new (await import('@aws-sdk/client-ec2')).EC2(config(region)));

  return {
    settings,
    identity: once(async () => {
      const { Account, Arn } = await sts('GetCallerIdentity', callerIdentity, (client, options) =>
        client.getCallerIdentity({}, options),
      );
      return { accountId: Account, arn: Arn };
    }),
    regions: once(async () => {
      if (settings.regions !== 'all') return [...new Set(settings.regions)].sort();
      return enabledRegions(ec2(home));
    }),
    iam: service('iam', home, async () => new (await import('@aws-sdk/client-iam')).IAM(config(home))),
    s3control: service('s3control', home, async () => {
      const { S3Control } = await import('@aws-sdk/client-s3-control');
      const { endpoint } = runtime;
      // The rules of S3 Control put the account before the host, which an address of digits cannot bear.
      const custom = endpoint === undefined ? {} : { endpointProvider: () => ({ url: new URL(endpoint) }) };
      return new S3Control({ ...config(home), ...custom, useArnRegion: false });
    }),
    s3: (region) =>
      service('s3', region, async () => {
        const { S3 } = await import('@aws-sdk/client-s3');
        return new S3({
          ...config(region),
          forcePathStyle: runtime.endpoint !== undefined,
          followRegionRedirects: false,
          ...s3Config,
        });
      }),
    cloudtrail: (region) =>
      service(
        'cloudtrail',
        region,
        async () => new (await import('@aws-sdk/client-cloudtrail')).CloudTrail(config(region)),
      ),
    ec2,
    config: (region) =>
      service(
        'config',
        region,
        async () => new (await import('@aws-sdk/client-config-service')).ConfigService(config(region)),
      ),
    kms: (region) => service('kms', region, async () => new (await import('@aws-sdk/client-kms')).KMS(config(region))),
    rds: (region) => service('rds', region, async () => new (await import('@aws-sdk/client-rds')).RDS(config(region))),
  };
}

/**
 * A region that this list leaves out would be missing without a trace, since no other call names it. So AWS has to say it twice: the
 * enabled regions, and all of them with their status. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html
 */
async function enabledRegions(ec2: Service<EC2>): Promise<readonly string[]> {
  const [enabled, all] = await Promise.all(
    [false, true].map((AllRegions) =>
      ec2('DescribeRegions', regionsAnswer, (client, options) => client.describeRegions({ AllRegions }, options)),
    ),
  );
  const names = (answer: typeof all) =>
    (answer?.Regions ?? [])
      .filter(({ OptInStatus }) => OptInStatus !== 'not-opted-in')
      .map(({ RegionName }) => RegionName)
      .sort();
  if (names(enabled).join() === names(all).join()) return names(enabled);
  throw new ConnectorError('malformed', 'AWS answered two questions for the enabled regions with different lists.');
}

/** Everything an SDK would else look up in the process's environment, shared files or the machine's metadata is said here. */
function clientConfig(region: string, session: Session, runtime: Runtime) {
  return {
    region,
    credentials: () => session.keys(),
    requestHandler: transportHandler(runtime.transport),
    maxAttempts: 1, // the runtime decides about retries
    retryMode: 'standard',
    defaultsMode: 'standard' as const,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    authSchemePreference: ['sigv4'],
    userAgentAppId: async () => undefined,
    ...(runtime.endpoint === undefined
      ? { ignoreConfiguredEndpointUrls: true }
      : { endpoint: runtime.endpoint, disableHostPrefix: true }),
  };
}

const s3Config = {
  useArnRegion: false,
  disableS3ExpressSessionAuth: true,
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
  sigv4aSigningRegionSet: async () => undefined,
} as const;

function assumeRole({ roleArn, externalId, homeRegion }: AwsSettings, runtime: Runtime, own: Session): Session {
  if (roleArn === undefined || externalId === undefined) {
    throw new ConnectorError(
      'configuration_error',
      'A credential of kind role needs the settings roleArn and externalId.',
    );
  }
  const sts = once(async () => new (await import('@aws-sdk/client-sts')).STS(clientConfig(homeRegion, own, runtime)));
  return mintedSession(async () => {
    const client = await sts();
    const request = {
      RoleArn: roleArn,
      ExternalId: externalId,
      RoleSessionName: 'evidence-fleet',
      DurationSeconds: 3600,
    };
    const answer = await callAws(runtime, 'sts:AssumeRole', (options) => client.assumeRole(request, options)).catch(
      roleRefusal,
    );
    const keys = sessionKeys(answer);
    runtime.protect([keys.secretAccessKey, keys.sessionToken]);
    return keys;
  });
}

async function callAws<T>(
  runtime: Runtime,
  operation: string,
  send: (options: { abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  return runtime.call(operation, async (abortSignal) => {
    try {
      return await send({ abortSignal });
    } catch (error) {
      throw awsError(error, operation, new Date()) ?? error;
    }
  });
}

function parseAnswer<Answer extends z.ZodType>(operation: string, answer: Answer, raw: unknown): z.output<Answer> {
  const parsed = answer.safeParse(raw);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new ConnectorError('malformed', `AWS answered ${operation} without a usable "${where}".`);
}

/** A role that cannot be assumed ends the run: without a session nothing can be read, and a gap a resource would say the wrong thing. */
function roleRefusal(error: unknown): never {
  if (error instanceof ConnectorError && (error.code === 'permission_denied' || error.code === 'not_found')) {
    const message =
      'AWS refuses to let the fleet assume the role: check its name, its trust policy and the external id there.';
    throw new ConnectorError('authentication_failed', message, { providerCode: error.providerCode, cause: error });
  }
  throw error;
}

/**
 * A region that is not enabled does not know the account's credentials, and says so in the words of a wrong credential.
 * https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
 */
function regionRefusal(error: unknown, region: string): unknown {
  if (!(error instanceof ConnectorError) || error.code !== 'authentication_failed') return error;
  const message = `AWS does not accept the credential in ${region}: enable the region for the account, or take it out of the settings.`;
  return new ConnectorError('permission_denied', message, { providerCode: error.providerCode, cause: error });
}

/** One call for many askers; a failure is forgotten, so that the next asker tries again. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let shared: Promise<T> | undefined;
  return () => {
    shared ??= read().catch((error) => {
      shared = undefined;
      throw error;
    });
    return shared;
  };
}
