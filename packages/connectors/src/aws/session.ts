import { ConnectorError } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';

/** What signs a request. Times only where the session ends. */
export interface SigningKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** The keys of one run. */
export interface Session {
  /** Mints or renews what is missing, so that `keys` is good for the next call. */
  ready(): Promise<void>;
  /** The keys as last minted; makes no call, because it is asked for while a call already holds its quota. */
  keys(): Promise<SigningKeys>;
}

/** Minutes before the end at which a session is renewed; longer than a call may wait for its turn. */
const renewBeforeMs = 10 * 60_000;

export function fixedSession(keys: SigningKeys): Session {
  return { ready: async () => {}, keys: async () => keys };
}

/** A session of `mint` (one AssumeRole call), renewed before it ends; callers at one time share one call. */
export function mintedSession(mint: () => Promise<SigningKeys>, now: () => number = Date.now): Session {
  let current: SigningKeys | undefined;
  let minting: Promise<void> | undefined;

  async function renew(): Promise<void> {
    try {
      current = await mint();
    } finally {
      minting = undefined;
    }
  }

  return {
    async ready() {
      const endsAt = current?.expiration?.getTime() ?? Number.NEGATIVE_INFINITY;
      if (endsAt - now() > renewBeforeMs) return;
      minting ??= renew();
      await minting;
    },
    async keys() {
      if (current === undefined) throw new Error('a session is minted before its keys are used');
      return current;
    },
  };
}

const assumedRole = z.object({
  Credentials: z.object({
    AccessKeyId: z.string().min(1),
    SecretAccessKey: z.string().min(1),
    SessionToken: z.string().min(1),
    Expiration: z.date(),
  }),
});

/** Reads an AssumeRole answer: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export function sessionKeys(answer: unknown): Required<SigningKeys> {
  const parsed = assumedRole.safeParse(answer);
  if (!parsed.success) throw new ConnectorError('malformed', 'AWS answered AssumeRole without a session.');
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = parsed.data.Credentials;
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}
