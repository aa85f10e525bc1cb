import { ConnectorError, type Runtime } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { scopes } from './operations.ts';

/** What authorizes the calls of one run. */
export interface Session {
  /** The value of the Authorization header, minted or renewed where that is due. */
  authorization(): Promise<string>;
  /** Scopes granted to a service app, sorted; null: an API token has none. */
  granted(): readonly string[] | null;
}

export function tokenSession(token: string): Session {
  return { authorization: async () => `SSWS ${token}`, granted: () => null };
}

export interface ServiceApp {
  readonly clientId: string;
  /** PEM, or a JWK as JSON. */
  readonly privateKey: string;
  readonly keyId: string;
}

interface MintedToken {
  readonly secret: string;
  /** Milliseconds since the epoch. */
  readonly renewAt: number;
  readonly scopes: readonly string[];
}

/** A token is renewed this long before its end; longer than a call may wait for its turn. */
const renewBeforeMs = 10 * 60_000;

const Token = z.object({
  token_type: z.literal('Bearer'),
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
});

/**
 * A session of a service app: a token is minted with a client assertion that its private key signs, and renewed before it ends; callers
 * at one time share one call. https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp/main/
 * @param options.orgUrl the audience of the assertion, e.g. `https://acme.okta.com`
 * @param options.apiUrl where the token is asked for
 */
export function serviceAppSession(
  app: ServiceApp,
  options: { readonly orgUrl: string; readonly apiUrl: string },
  runtime: Runtime,
): Session {
  let current: MintedToken | undefined;
  let minting: Promise<MintedToken> | undefined;

  async function mint(wanted: readonly string[]): Promise<MintedToken> {
    const assertion = await signAssertion(app, options.orgUrl);
    runtime.protect([assertion]);
    const answer = await runtime.fetch(`${options.apiUrl}${tokenPath}`, {
      method: 'POST',
      // A token that is minted and lost costs nothing: asking again is safe.
      headers: { accept: 'application/json', 'x-fleet-idempotent': '1' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope: wanted.join(' '),
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      }),
    });
    const parsed = Token.safeParse(await answer.json().catch(() => null));
    if (!parsed.success) throw new ConnectorError('malformed', 'Okta answered a request for a token without one.');
    const { access_token: secret, expires_in: seconds } = parsed.data;
    runtime.protect([secret]);
    return { secret, renewAt: Date.now() + seconds * 1000 - Math.min(renewBeforeMs, seconds * 500), scopes: wanted };
  }

  /** Okta refuses a request of which one scope is not granted: then each is asked for alone, so that only its streams are refused. */
  async function mintGranted(): Promise<MintedToken> {
    try {
      return await mint(current?.scopes ?? scopes);
    } catch (error) {
      if (!isScopeRefused(error)) throw error;
      const granted: string[] = [];
      for (const scope of scopes) {
        if (await mint([scope]).then(() => true, refusedScope)) granted.push(scope);
      }
      if (granted.length === 0) throw error;
      return await mint(granted);
    }
  }

  return {
    async authorization() {
      if (current === undefined || Date.now() >= current.renewAt) {
        minting ??= mintGranted().finally(() => {
          minting = undefined;
        });
        current = await minting;
      }
      return `Bearer ${current.secret}`;
    },
    granted: () => current?.scopes ?? [],
  };
}

const tokenPath = '/oauth2/v1/token';
function isScopeRefused(error: unknown): boolean {
  return error instanceof ConnectorError && error.code === 'permission_denied';
}

function refusedScope(error: unknown): false {
  if (isScopeRefused(error)) return false;
  throw error;
}

/**
 * Signs the client assertion with Okta's own SDK. The rest of the SDK stays unused: its client reads okta.yaml, OKTA_CLIENT_* and
 * https_proxy by itself, asks again after a 401 on its own, and costs half a second and 90 MB a process.
 */
async function signAssertion({ clientId, privateKey, keyId }: ServiceApp, orgUrl: string): Promise<string> {
  const { makeJwt } = (await import('@okta/okta-sdk-nodejs/src/jwt.js')).default;
  try {
    return (await makeJwt({ baseUrl: orgUrl, clientId, privateKey, keyId }, tokenPath)).compact();
  } catch {
    // Without its cause: what a parser says of a key may quote it.
    throw new ConnectorError(
      'configuration_error',
      'The private key cannot sign: give an RSA or EC key as PEM or JWK.',
    );
  }
}
