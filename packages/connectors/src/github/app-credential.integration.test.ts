import { generateKeyPairSync } from 'node:crypto';
import type { Stream } from '@evidence-fleet/connector-sdk';
import { createRuntime } from '@evidence-fleet/engine';
import { MemoryQuota, silentLog } from '@evidence-fleet/engine/testing';
import {
  collectStream,
  type GitHubSimulator,
  generateGitHubWorld,
  installApp,
  startGitHub,
  testRuntime,
} from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connectors } from '../index.ts';
import type { GitHub } from './client.ts';
import { github } from './index.ts';
import { orgMembers } from './streams/org-members.ts';
import { organizations } from './streams/organizations.ts';
import { repositories } from './streams/repositories.ts';
import { teams } from './streams/teams.ts';
import { webhooks } from './streams/webhooks.ts';

let simulator: GitHubSimulator;
let app: ReturnType<typeof installApp>;

beforeAll(async () => {
  const world = generateGitHubWorld({ seed: 2, organizations: 2, repositories: 6, members: 6, denied: 0 });
  app = installApp(world, world.organizations[0]?.id ?? 0);
  simulator = await startGitHub(world);
});
const untouched = { repositoryIds: null, suspended: false, tokenLifetimeMs: 3_600_000 };
let permissions: Record<string, string> = {};
beforeAll(() => {
  permissions = { ...app.installation.permissions };
});
beforeEach(() => {
  Object.assign(app.installation, { ...untouched, permissions: { ...permissions } });
  simulator.faults.clear();
  simulator.requests.length = 0;
});
afterAll(() => simulator.close());

async function connect(organizations = ['example-org-1'], secrets: Partial<typeof app.credentials> = {}) {
  const { kind, ...known } = app.credentials;
  const credentials = { kind, ...github.auth.app.secrets.parse({ ...known, ...secrets }) };
  const settings = github.settings.parse({ organizations });
  return github.connect({ credentials, settings }, testRuntime({ connector: github, endpoint: simulator.url }));
}

const minted = () => simulator.requests.filter(({ path }) => path.endsWith('/access_tokens')).length;

describe('a GitHub App', () => {
  it('is known by its installation, and by what it was granted', async () => {
    const checked = await github.check(await connect());
    expect(checked).toMatchObject({ account: { id: '7000017' }, quotaScope: 'installation:5000000' });
    expect(checked.grants).toEqual(expect.arrayContaining(['members=read', 'repositories=all']));
  });

  it('mints one token for a run, and another before it expires', async () => {
    const client = await connect();
    await collectStream(repositories, client);
    await collectStream(teams, client);
    expect(minted()).toBe(1);
    app.installation.tokenLifetimeMs = 299_000;
    const shortLived = await connect();
    await collectStream(teams, shortLived);
    expect(minted()).toBeGreaterThan(2);
  });

  it.each(
    [repositories, teams, webhooks, organizations].map(
      (stream) => [stream.evidence.name, stream as Stream<GitHub>] as const,
    ),
  )('reads the same of %s as the token of an owner, without a gap', async (_name, stream) => {
    const settings = github.settings.parse({ organizations: ['example-org-1'] });
    const credentials = { kind: 'token', token: simulator.tokens[0]?.secret ?? '' } as const;
    const runtime = testRuntime({ connector: github, endpoint: simulator.url });
    const byToken = await collectStream(stream, await github.connect({ credentials, settings }, runtime));
    const { rows, gaps } = await collectStream(stream, await connect());
    expect(gaps).toEqual([]);
    expect(rows).toEqual(byToken.rows);
  });

  it('keeps a gap over the repositories that it was not installed on', async () => {
    app.installation.repositoryIds = [simulator.world.organizations[0]?.repositories[0]?.id ?? 0];
    const { gaps } = await collectStream(repositories, await connect());
    expect(gaps).toMatchObject([{ scope: '*', reason: 'permission_denied' }]);
    expect((await github.check(await connect())).grants).toContain('repositories=selected');
  });

  it('is told no second factor, and without the permission no member', async () => {
    expect((await collectStream(orgMembers, await connect())).gaps).toMatchObject([{ scope: 'two-factor:7000017' }]);
    app.installation.permissions = { metadata: 'read' };
    const { gaps } = await collectStream(orgMembers, await connect());
    expect(gaps).toContainEqual(expect.objectContaining({ scope: '*', detail: expect.stringContaining('Members') }));
    await expect(collectStream(teams, await connect())).rejects.toMatchObject({
      code: 'permission_denied',
      message: expect.stringContaining('members=read'),
    });
  });

  it('does not take the public facts of another organization for evidence', async () => {
    const message = expect.stringContaining('example-org-2');
    const client = await connect(['example-org-2']);
    await expect(github.check(client)).rejects.toMatchObject({ code: 'configuration_error', message });
  });

  it.each([
    ['another key', () => ({ privateKey: newKey() })],
    ['an unknown installation', () => ({ installationId: '1' })],
  ])('is refused with %s, and told what to do', async (_name, secrets) => {
    const check = github.check(await connect(['example-org-1'], secrets()));
    await expect(check).rejects.toMatchObject({ code: 'authentication_failed', message: expect.stringMatching(/App/) });
  });

  it('is refused when its installation is suspended', async () => {
    app.installation.suspended = true;
    const client = await connect();
    await expect(collectStream(teams, client)).rejects.toMatchObject({ code: 'authentication_failed' });
  });

  it.each([
    ['privateKey', 'no key at all'],
    ['appId', 'my-app'],
    ['installationId', '12a'],
  ])('refuses a %s that is none, without quoting it', (field, value) => {
    const { kind: _kind, ...secrets } = app.credentials;
    const parsed = github.auth.app.secrets.safeParse({ ...secrets, [field]: value });
    expect(parsed.error?.issues).toMatchObject([{ path: [field] }]);
    expect(parsed.error?.issues[0]?.message).not.toContain(value);
  });

  it('takes a key whose line ends were written as \\n', () => {
    const { kind: _kind, ...secrets } = app.credentials;
    const parsed = github.auth.app.secrets.parse({
      ...secrets,
      privateKey: secrets.privateKey.replaceAll('\n', '\\n'),
    });
    expect(parsed.privateKey).toBe(secrets.privateKey.trim());
  });
});

it('hides signature and token from the log before either is used, under the guard of the engine', async () => {
  const hidden: string[] = [];
  const connector = connectors.get('github');
  if (connector === undefined) throw new Error('the catalogue has no GitHub');
  const guarded = createRuntime({
    connector,
    settings: { organizations: ['example-org-1'] },
    endpoint: simulator.url,
    quota: new MemoryQuota(),
    quotaScope: () => undefined,
    integrationId: 'app',
    network: { allowPrivate: ['127.0.0.0/8'] },
    signal: new AbortController().signal,
    log: silentLog,
    saveCredentials: async () => {},
    protect: (secrets) => void hidden.push(...secrets),
  });
  const { kind, ...known } = app.credentials;
  const credentials = { kind, ...github.auth.app.secrets.parse(known) };
  const settings = github.settings.parse({ organizations: ['example-org-1'] });
  const client = await github.connect({ credentials, settings }, guarded.runtime);
  await collectStream(teams, client);
  await guarded.close();
  expect(hidden).toEqual([expect.stringMatching(/^eyJ/), expect.stringMatching(/^ghs_/)]);
});

function newKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}
