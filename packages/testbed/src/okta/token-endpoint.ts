import { createPublicKey, verify } from 'node:crypto';
import { type Answer, ok } from '../github/routing.ts';
import type { Caller } from './routing.ts';
import type { OktaWorld, WorldServiceApp } from './world.ts';

/** Mints access tokens for service apps: https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp/main/ */
export interface TokenEndpoint {
  /** @param form the body of the request */
  mint(form: string): Answer;
  /** undefined: no token of ours, or one that has ended. */
  callerOf(secret: string): Caller | undefined;
}

export function createTokenEndpoint(world: OktaWorld, lifetimeS: number): TokenEndpoint {
  const minted = new Map<
    string,
    { readonly app: WorldServiceApp; readonly scopes: string[]; readonly endsAt: number }
  >();

  return {
    mint(form) {
      const asked = new URLSearchParams(form);
      const app = authenticate(world, asked.get('client_assertion') ?? '');
      if (app === undefined) return refuse(401, 'invalid_client', 'The client assertion is not valid.');
      const scopes = (asked.get('scope') ?? '').split(' ').filter(Boolean);
      const isGranted = scopes.length > 0 && scopes.every((scope) => app.scopes.includes(scope));
      if (!isGranted) return refuse(400, 'invalid_scope', 'One or more scopes are not granted.');
      const secret = `minted-token-${minted.size}-${app.clientId}`;
      minted.set(secret, { app, scopes, endsAt: Date.now() + lifetimeS * 1000 });
      return ok({ token_type: 'Bearer', expires_in: lifetimeS, access_token: secret, scope: scopes.join(' ') });
    },
    callerOf(secret) {
      const token = minted.get(secret);
      if (token === undefined || token.endsAt <= Date.now()) return undefined;
      return { scopes: token.scopes, roles: token.app.roles.map(({ type }) => type), userId: null };
    },
  };
}

function authenticate(world: OktaWorld, assertion: string): WorldServiceApp | undefined {
  const [header = '', claims = '', signature = ''] = assertion.split('.');
  const { alg, kid } = decoded(header);
  const { iss, sub, aud, exp } = decoded(claims);
  const app = world.serviceApps.find(({ clientId, keyId }) => clientId === iss && keyId === kid);
  const isMeantForUs =
    alg === 'RS256' && sub === iss && aud === `${world.orgUrl}/oauth2/v1/token` && Number(exp) * 1000 > Date.now();
  if (app === undefined || !isMeantForUs) return undefined;
  const signed = Buffer.from(`${header}.${claims}`);
  const isSigned = verify('sha256', signed, createPublicKey(app.publicKey), Buffer.from(signature, 'base64url'));
  return isSigned ? app : undefined;
}

function decoded(part: string): Partial<Record<string, unknown>> {
  try {
    return Object(JSON.parse(Buffer.from(part, 'base64url').toString()));
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function refuse(status: number, error: string, error_description: string): Answer {
  return { status, body: { error, error_description } };
}
