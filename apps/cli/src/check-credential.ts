import type { Checked, Connector } from '@evidence-fleet/connector-sdk';
import { readFleetSettings } from '@evidence-fleet/db';
import { createRuntime } from '@evidence-fleet/engine';
import { createQuota } from '@evidence-fleet/quota';
import { collectSecrets, createLogger, createScrubber } from '@evidence-fleet/service';
import { connectRedis } from './connect-redis.ts';
import { requireVariable } from './env.ts';
import type { Fleet } from './fleet.ts';

export interface CredentialCheck {
  readonly connector: Connector;
  readonly settings: Record<string, unknown>;
  readonly credentials: { readonly kind: string; readonly [field: string]: unknown };
  readonly endpoint: string | null;
  readonly integrationId: string;
  /** What an earlier check reported; null before the first. */
  readonly quotaScope: string | null;
}

export interface CheckedCredential extends Checked {
  /** The credential as the provider renewed it during the check, to be stored in place of the old one; undefined: it did not. */
  readonly renewed: unknown;
}

/**
 * Makes the connector's cheapest calls behind the same guard, and out of the same quota, as a worker would.
 * @throws ConnectorError with a public sentence when the credential does not work
 */
export async function checkCredential(
  { env, database, debug }: Fleet,
  check: CredentialCheck,
): Promise<CheckedCredential> {
  const { connector, settings, credentials, integrationId } = check;
  const scrubber = createScrubber();
  scrubber.protect(collectSecrets(credentials));
  const log = createLogger({ name: 'cli', level: debug ? 'debug' : 'silent', scrubber, destination: process.stderr });
  const { quotaShare } = await readFleetSettings(database);
  const redis = await connectRedis(requireVariable(env, 'REDIS_URL'), log);
  let renewed: unknown;
  const guarded = createRuntime({
    connector,
    settings,
    endpoint: check.endpoint ?? undefined,
    quota: createQuota({ redis, prefix: 'fleet:', share: quotaShare ?? env.QUOTA_SHARE }),
    quotaScope: () => check.quotaScope ?? undefined,
    integrationId,
    network: { allowPrivate: env.FLEET_ALLOW_PRIVATE },
    signal: AbortSignal.timeout(checkTimeoutMs),
    log,
    saveCredentials: async (next) => {
      renewed = next;
    },
    protect: (secrets) => void scrubber.protect(secrets),
  });
  try {
    const client = await connector.connect({ credentials, settings }, guarded.runtime);
    return { ...(await connector.check(client)), renewed };
  } finally {
    await guarded.close();
    redis.disconnect();
  }
}

/** A person waits for it. */
const checkTimeoutMs = 60_000;
