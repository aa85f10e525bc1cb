import { ConnectorError, type Runtime } from '@evidence-fleet/connector-sdk';
import { generateOktaWorld, type OktaSimulator, startOkta, testRuntime } from '@evidence-fleet/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { okta } from './index.ts';

let simulator: OktaSimulator;
let short: OktaSimulator;
beforeAll(async () => {
  simulator = await startOkta(generateOktaWorld({ seed: 5 }));
  short = await startOkta(generateOktaWorld({ seed: 5 }), { tokenLifetimeS: 0.2 });
});
afterEach(() => {
  simulator.requests.length = 0;
  simulator.faults.clear();
});
afterAll(async () => {
  await simulator.close();
  await short.close();
});

function connect(to: OktaSimulator = simulator, change: { readonly keyId?: string } = {}) {
  const { serviceApps, orgUrl } = to.world;
  const [app] = serviceApps;
  if (app === undefined) throw new Error('the world has no service app');
  const { clientId, privateKey, keyId } = { ...app, ...change };
  const secrets: string[] = [];
  const runtime: Runtime = {
    ...testRuntime({ connector: okta, endpoint: to.url }),
    protect: (some) => void secrets.push(...some),
  };
  const credentials = okta.auth.private_key_jwt.secrets.parse({ clientId, privateKey, keyId });
  const settings = okta.settings.parse({ orgUrl });
  const client = okta.connect({ credentials: { kind: 'private_key_jwt', ...credentials }, settings }, runtime);
  return { client, secrets, app };
}

const minted = ({ requests }: OktaSimulator) => requests.filter(({ method }) => method === 'POST').length;

describe('a service app', () => {
  it('mints one token a run, and hides it and its assertion from the log', async () => {
    const { client, secrets } = connect();
    const checked = await okta.check(await client);
    await Promise.all([okta.check(await client), okta.check(await client)]);
    expect(minted(simulator)).toBe(1);
    expect(secrets).toEqual([expect.stringMatching(/^ey/), expect.stringContaining('minted-token')]);
    expect(checked.grants).toContain('role:READ_ONLY_ADMIN');
    expect(checked.grants).toContain('okta.users.read');
  });

  it('renews a token that ends', async () => {
    const { client } = connect(short);
    await okta.check(await client);
    const before = minted(short);
    const endsAt = Date.now() + 250;
    while (Date.now() < endsAt) await okta.check(await client);
    expect(minted(short)).toBeGreaterThan(before);
  });

  it('goes on with the scopes that are granted, and reports them', async () => {
    const { client, app } = connect();
    const all = app.scopes;
    app.scopes = all.filter((scope) => scope !== 'okta.logs.read');
    try {
      const { grants } = await okta.check(await client);
      expect(grants).not.toContain('okta.logs.read');
      expect(grants).toContain('okta.users.read');
    } finally {
      app.scopes = all;
    }
  });

  it('is told apart from one whose key is unknown', async () => {
    const { client } = connect(simulator, { keyId: 'another' });
    await expect(okta.check(await client)).rejects.toMatchObject({ code: 'authentication_failed' });
  });

  it.each(['not a key', '{"kty":"oct"}'])('needs a private key, and %s is none', (privateKey) => {
    const parsed = okta.auth.private_key_jwt.secrets.safeParse({ clientId: '0oa1', privateKey, keyId: 'k' });
    expect(parsed.error?.issues).toMatchObject([{ path: ['privateKey'], message: expect.stringContaining('PEM') }]);
  });

  it.each(['http://acme.okta.com', 'https://acme-admin.okta.com', 'https://acme.okta.com/api'])(
    'is not sent to %s',
    (orgUrl) => {
      expect(okta.settings.safeParse({ orgUrl }).success).toBe(false);
    },
  );
});

describe('a refusal', () => {
  it.each([
    [401, { errorCode: 'E0000011' }, 'authentication_failed'],
    [403, { errorCode: 'E0000006' }, 'permission_denied'],
    [401, { errorCode: 'E0000005' }, 'permission_denied'],
    [401, { errorCode: 'E0000015' }, 'permission_denied'],
    [404, { errorCode: 'E0000007' }, 'not_found'],
    [429, { errorCode: 'E0000047' }, 'rate_limited'],
  ] as const)('of %i %j is %s', (status, body, code) => {
    const url = new URL('https://acme.okta.com/api/v1/users');
    const now = new Date(1_000_000);
    const headers = new Headers({ 'x-rate-limit-reset': '1060' });
    const error = okta.mapError?.({ status, headers, url, body: JSON.stringify(body) }, now);
    expect(error).toBeInstanceOf(ConnectorError);
    expect(error).toMatchObject({ code, providerCode: body.errorCode });
    if (status === 429) expect(error?.retryAt).toEqual(new Date(1_060_000));
  });

  it.each([
    ['invalid_client', 'authentication_failed'],
    ['invalid_scope', 'permission_denied'],
    ['invalid_dpop_proof', 'configuration_error'],
  ])('of a token for %s is %s', (error, code) => {
    const url = new URL('https://acme.okta.com/oauth2/v1/token');
    const answer = { status: 400, headers: new Headers(), url, body: JSON.stringify({ error }) };
    expect(okta.mapError?.(answer, new Date())).toMatchObject({ code });
  });

  it('that is no word of Okta is left to its status', () => {
    const url = new URL('https://acme.okta.com/api/v1/users');
    const answer = { status: 404, headers: new Headers(), url, body: '<html></html>' };
    expect(okta.mapError?.(answer, new Date())).toBeUndefined();
  });
});
