import { generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { installationBody, selectionOf } from './bodies/installation-body.ts';
import { type Answer, notFound, refuse } from './routing.ts';
import type { GitHubWorld, WorldInstallation, WorldToken } from './world.ts';

/** Everything that the connector reads. */
const everything = {
  actions: 'read',
  administration: 'read',
  contents: 'read',
  members: 'read',
  metadata: 'read',
  organization_administration: 'read',
  organization_hooks: 'read',
  pull_requests: 'read',
  repository_hooks: 'read',
  secret_scanning_alerts: 'read',
  security_events: 'read',
  vulnerability_alerts: 'read',
};

/** Installs a GitHub App in an organization of the world. @returns the installation, and the credentials of the App */
export function installApp(world: GitHubWorld, organizationId: number) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const nth = world.installations.length;
  const installation: WorldInstallation = {
    id: 5_000_000 + nth,
    appId: 900_000 + nth,
    publicKey,
    organizationId,
    permissions: { ...everything },
    repositoryIds: null,
    suspended: false,
    tokenLifetimeMs: 3_600_000,
  };
  world.installations.push(installation);
  const { id, appId } = installation;
  return {
    installation,
    credentials: { kind: 'app', appId: String(appId), privateKey, installationId: String(id) } as const,
  };
}

/** What is asked with an App's own signature, and the tokens that were minted for it. */
export interface Apps {
  /** undefined: the path is not one of Apps. */
  answer(request: { method: string; path: string; signature: string; apiUrl: string }): Answer | undefined;
  /** The token of a secret, as long as it lives. */
  tokenOf(secret: string): WorldToken | undefined;
}

export function createApps(world: GitHubWorld): Apps {
  const minted = new Map<string, { readonly token: WorldToken; readonly expiresAt: number }>();

  function mint(installation: WorldInstallation): Answer {
    const secret = `ghs_${randomBytes(18).toString('hex')}`;
    const expiresAt = Date.now() + installation.tokenLifetimeMs;
    const token = { secret, userId: -installation.id, scopes: null, hourlyLimit: 5000, installation };
    minted.set(secret, { token, expiresAt });
    return {
      status: 201,
      body: {
        token: secret,
        expires_at: `${new Date(expiresAt).toISOString().slice(0, 19)}Z`,
        permissions: installation.permissions,
        repository_selection: selectionOf(installation),
      },
    };
  }

  return {
    answer({ method, path, signature, apiUrl }) {
      const [, id, tokens] = /^\/app\/installations\/(\d+)(\/access_tokens)?$/.exec(path) ?? [];
      if (id === undefined) return undefined;
      const installation = world.installations.find((one) => one.id === Number(id));
      const signer = world.installations.find((one) => isSignedBy(one, signature));
      if (signer === undefined) return refuse(401, 'A JSON web token could not be decoded');
      const organization = world.organizations.find((one) => one.id === installation?.organizationId);
      if (installation?.appId !== signer.appId || organization === undefined) return notFound();
      if (tokens === undefined)
        return { status: 200, body: installationBody(installation, organization, apiUrl), headers: {} };
      if (method !== 'POST') return notFound();
      return installation.suspended ? refuse(403, 'This installation has been suspended') : mint(installation);
    },
    tokenOf(secret) {
      const found = minted.get(secret);
      return found !== undefined && found.expiresAt > Date.now() ? found.token : undefined;
    },
  };
}

/** RS256, issued in the past by the App, and at most ten minutes long. */
function isSignedBy({ appId, publicKey }: WorldInstallation, signature: string): boolean {
  const [header = '', claims = '', signed = ''] = signature.split('.');
  if (!verify('RSA-SHA256', Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signed, 'base64url')))
    return false;
  const { iss, iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  const seconds = Date.now() / 1000;
  return String(iss) === String(appId) && iat <= seconds && exp > seconds && exp - iat <= 600;
}
