import { ConnectorError, type Stream } from '@evidence-fleet/connector-sdk';
import { connectors, readPolicyDocument } from '@evidence-fleet/connectors';
import { type Aws, collectStream, generateAwsWorld, startAws, testRuntime } from '@evidence-fleet/testbed';

type AnyStream = Stream<unknown>;

/** An account of AWS that checks signatures, and allows what a policy allows. */
export interface EnforcedAccount {
  readonly streams: readonly AnyStream[];
  /** Of all streams, sorted. */
  readonly permissions: readonly string[];
  /** From now on these permissions are allowed and no others. */
  allow(permissions: readonly string[]): Promise<void>;
  /** What a stream says that it may not read, in its listing and in a point read of what it showed first. */
  complaintsOf(stream: AnyStream): Promise<readonly string[]>;
  /** Whether the stream has shown anything yet. */
  hasShown(stream: AnyStream): boolean;
  close(): Promise<void>;
}

const accountId = '111122223333';

/** A small account, with one resource of each kind at least. Throws where `awsAvailability` says no. */
export async function openEnforcedAccount(): Promise<EnforcedAccount> {
  const connector = connectors.get('aws');
  if (connector === undefined) throw new Error('the catalogue has no aws');
  const { streams } = connector;
  const size = { users: 2, buckets: 2, regions: ['us-east-1'], vpcsPerRegion: 1, perAccount: 1, perRegion: 1 };
  const aws: Aws = await startAws(generateAwsWorld({ seed: 2, accounts: [accountId], ...size }));
  const credentials = { kind: 'access_keys', ...(await aws.accessKeys(accountId)) };
  const settings = connector.settings.parse({});
  const shown = new Map<AnyStream, Parameters<NonNullable<AnyStream['probe']>>[1]>();

  return {
    streams,
    permissions: [...new Set(streams.flatMap(({ permissions }) => permissions))].sort(),
    allow: (permissions) => aws.enforce(readPolicyDocument([{ permissions }])),
    hasShown: (stream) => shown.has(stream),
    async complaintsOf(stream) {
      const client = await connector.connect({ credentials, settings }, testRuntime({ connector, endpoint: aws.url }));
      const complaints: string[] = [];
      const collected = await collectStream(stream, client).catch((error) => void complaints.push(complaint(error)));
      if (collected) {
        complaints.push(...collected.gaps.map(({ detail }) => detail));
        const row = collected.rows.at(-1);
        if (!shown.has(stream) && row !== undefined) shown.set(stream, row);
      }
      const row = shown.get(stream);
      if (row !== undefined)
        await stream.probe?.(client, row, context).catch((error) => complaints.push(complaint(error)));
      return complaints.filter((one) => one !== '');
    },
    close: () => aws.close(),
  };
}

const context = { slice: { id: '' }, since: undefined, resume: undefined, signal: new AbortController().signal };

/** '' for a point read that leaves open what a listing did not show: the resource is there, and was found. */
function complaint(error: unknown): string {
  if (!(error instanceof ConnectorError)) throw error;
  return error.code === 'not_found' ? '' : error.message;
}

/** Takes one permission away, and reads what needs it. Every complaint must name it. */
export async function complaintsWithout(account: EnforcedAccount, permission: string): Promise<readonly string[]> {
  await account.allow(account.permissions.filter((one) => one !== permission));
  const complaints: string[] = [];
  for (const stream of account.streams.filter(({ permissions }) => permissions.includes(permission)))
    complaints.push(...(await account.complaintsOf(stream)));
  return complaints;
}
