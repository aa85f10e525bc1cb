import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { ConnectorError, type Runtime } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { Installation, InstallationToken } from './answers.ts';
import type { GitHubCredential, Grant } from './credential.ts';

/** Secrets of a GitHub App and its installation in one organization. */
export const appSecrets = z.object({
  appId: z.string().trim().regex(/^\d+$/, 'the App ID: digits, from the settings page of the App'),
  /** PEM, as GitHub hands it out; line ends may be written as \n. */
  privateKey: z
    .string()
    .transform((pem) => pem.replaceAll('\\n', '\n').trim())
    .refine(isRsaKey, 'no RSA private key: paste the whole .pem file that GitHub generated for the App'),
  installationId: z
    .string()
    .trim()
    .regex(/^\d+$/, 'the installation id: the number at the end of the address of the installation'),
});

/** A token lives for an hour; it is renewed this long before its end, so that our clock need not be GitHub's. */
const renewAheadMs = 5 * 60_000;

/**
 * Mints a token for the run and a new one before each expires. Every token and signature is kept out of the log before it is used.
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app
 */
export function createAppCredential(
  secrets: z.output<typeof appSecrets>,
  apiUrl: string,
  runtime: Runtime,
): GitHubCredential {
  const key = createPrivateKey(secrets.privateKey);
  const installationUrl = `${apiUrl}/app/installations/${secrets.installationId}`;
  let minted: Promise<z.output<typeof InstallationToken>> | undefined;
  let renewAtMs = 0;
  let grant: Grant | null = null;

  async function asApp<S extends z.ZodType>(method: 'GET' | 'POST', url: string, schema: S): Promise<z.output<S>> {
    const signature = signedToken(secrets.appId, key, Date.now());
    runtime.protect([signature]);
    const response = await runtime.fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${signature}`,
        accept: 'application/vnd.github+json',
        'user-agent': 'evidence-fleet',
        'x-github-api-version': '2022-11-28',
        'x-fleet-idempotent': '1', // a token that was minted and never heard of does no harm
      },
    });
    const parsed = schema.safeParse(await response.json().catch(() => null));
    if (parsed.success) return parsed.data;
    throw new ConnectorError('malformed', 'GitHub does not answer a GitHub App as documented.');
  }

  async function mint() {
    const token = await asApp('POST', `${installationUrl}/access_tokens`, InstallationToken);
    runtime.protect([token.token]);
    renewAtMs = Date.parse(token.expires_at) - renewAheadMs;
    grant = narrowed(grant, { permissions: token.permissions, repositories: token.repository_selection });
    return token;
  }

  return {
    async authorization() {
      if (minted === undefined || Date.now() >= renewAtMs) {
        renewAtMs = Number.POSITIVE_INFINITY; // calls that come meanwhile wait for this one
        minted = mint();
        minted.catch(() => {
          minted = undefined;
        });
      }
      return `token ${(await minted).token}`;
    },
    async installation() {
      const { id, account } = await asApp('GET', installationUrl, Installation);
      return { id, account };
    },
    isApp: true,
    grant: () => grant,
  };
}

/** RFC 7519 with RS256; GitHub takes at most ten minutes, and a beginning in the past for clocks that drift. */
function signedToken(appId: string, key: KeyObject, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  const claims = { iat: seconds - 60, exp: seconds + 9 * 60, iss: appId };
  const text = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`;
}

/** What one token of the run was not given, the run did not see. */
function narrowed(before: Grant | null, now: Grant): Grant {
  if (before === null) return now;
  const kept = Object.entries(before.permissions).filter(([name]) => Object.hasOwn(now.permissions, name));
  const isWhole = before.repositories === 'all' && now.repositories === 'all';
  return { permissions: Object.fromEntries(kept), repositories: isWhole ? 'all' : 'selected' };
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false; // whatever it is, the message of the schema says what it should be
  }
}
