import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controls } from '@evidence-fleet/controls';
import {
  acknowledgeNotifications,
  claimRun,
  createDatabase,
  createLedger,
  type Database,
  findOrganization,
  listNotifications,
  recordHealth,
  releaseRun,
  requestSync,
} from '@evidence-fleet/db';
import { canonicalJson, sha256 } from '@evidence-fleet/engine';
import {
  type GitHubSimulator,
  generateGitHubWorld,
  type RedisServer,
  startDatabase,
  startFleetProcess,
  startGitHub,
  startRedis,
  type TestDatabase,
} from '@evidence-fleet/testbed';
import { generateKey } from '@evidence-fleet/vault';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ResidentFleet, runFleet, startResidentFleet } from './testing/run-fleet.ts';

let server: TestDatabase;
let redis: RedisServer;
let github: GitHubSimulator;
let database: Database;
let folder: string;
let login: string;
let secret: string;
let env: Record<string, string>;
let resident: ResidentFleet;

beforeAll(async () => {
  [server, redis] = await Promise.all([startDatabase(), startRedis()]);
  github = await startGitHub(generateGitHubWorld({ members: 12, repositories: 2, now: new Date() }));
  database = createDatabase({ url: server.app });
  resident = startResidentFleet();
  folder = await mkdtemp(join(tmpdir(), 'fleet-cli-'));
  login = github.world.organizations[0]?.login ?? '';
  secret = github.tokens[0]?.secret ?? '';
  env = {
    DATABASE_URL: server.app,
    KEYS_DATABASE_URL: server.keys,
    MIGRATOR_DATABASE_URL: server.migrator,
    REDIS_URL: redis.url,
    FLEET_KEYRING: generateKey('k1'),
    FLEET_ORGANIZATION: 'acme',
    FLEET_ALLOW_PRIVATE: new URL(github.url).host,
  };
});
afterAll(async () => {
  await resident?.close();
  await database?.close();
  await Promise.all([server?.close(), redis?.close(), github?.close()]);
  await rm(folder, { recursive: true, force: true });
});

type Options = { input?: string; env?: Record<string, string> };
const within = (options: Options) => ({ ...options, env: { ...env, ...options.env } });
const fleet = (args: string[], options: Options = {}) => resident.run(args, within(options));
/** In a process of its own: where it reads and writes streams, waits, or ends by a code that programs act upon. */
const started = (args: string[], options: Options = {}) => runFleet(args, within(options));
/** What a reading command prints for programs. */
const json = async (args: string[]) => {
  const ran = await fleet([...args, '--json']);
  if (ran.code !== 0) throw new Error(`fleet ${args.join(' ')} ended with ${ran.code}: ${ran.stderr}`);
  return JSON.parse(ran.stdout);
};
const lines = (text: string) => text.split('\n').filter((line) => line !== '');

/** One pass over one slice, as a worker would write it. */
async function collect(
  type: string,
  materials: Record<string, string | number>[],
  gaps: string[] = [],
): Promise<string> {
  const { organizationId, integrationId } = await integration();
  const { runId } = await requestSync(database, { organizationId, integrationId, types: [] });
  const run = await claimRun(database, { organizationId, runId, worker: 'test' });
  if (run === null) throw new Error('the run could not be claimed');
  const ledger = createLedger(database, { ...run, visibility: Buffer.alloc(64, 1) });
  const rows = materials.map((material) => {
    const key = [Object.values(material)[0] ?? ''];
    const text = canonicalJson(material);
    return { key, keySha: sha256(canonicalJson(key)), hash: sha256(text), material: text, observed: '{}' };
  });
  const batch = { checkpoint: null, watermark: null, expected: null, calls: [] };
  const { id } = await ledger.open({ type, mode: 'snapshot', typeVersion: 1, slice: '' });
  const opened = gaps.map((reason) => ({ scope: '*', reason, detail: 'Say what to do.', keySha: null }));
  await ledger.commit(id, { ...batch, rows, gaps: opened });
  await ledger.close(id, { status: 'complete', gone: [], unproven: [], error: null, expected: null, calls: [] });
  await releaseRun(database, run, { kind: 'end', state: 'succeeded', error: null }, null);
  return runId;
}

async function integration(): Promise<{ organizationId: string; integrationId: string }> {
  const organization = await findOrganization(database, 'acme');
  const [first] = await json(['integrations', 'list']);
  return { organizationId: organization?.id ?? '', integrationId: first.id };
}

describe('fleet', () => {
  it('says which variable is missing, and needs an organization that exists', async () => {
    const bare = await runFleet(['runs', 'list']);
    expect(bare).toMatchObject({ code: 2, stdout: '' });
    expect(bare.stderr).toMatch(/^DATABASE_URL is not set/);
    const missing = await started(['runs', 'list']);
    expect(missing.code).toBe(3);
    expect(missing.stderr).toContain('fleet organizations add acme');
  });

  it('makes an organization once', async () => {
    expect((await started(['organizations', 'add', 'acme', '--name', 'Acme Inc.'])).code).toBe(0);
    const again = await fleet(['organizations', 'add', 'acme']);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('already');
    expect((await fleet(['organizations', 'add', 'Not A Slug'])).code).toBe(2);
  });

  it('refuses settings, credentials and secrets that are wrong, naming the field and never the value', async () => {
    const bad = await fleet([
      'integrations',
      'add',
      'github',
      '--setting',
      'organizations=no/such',
      '--credentials-stdin',
    ]);
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain('organizations.0');
    const file = join(folder, 'bad.json');
    await writeFile(file, `{"token": "${secret}"`);
    const args = ['integrations', 'add', 'github', '--setting', `organizations=${login}`];
    const malformed = await fleet([...args, '--credentials-file', file]);
    expect(malformed.code).toBe(2);
    expect(malformed.stderr).toContain('not valid JSON');
    const shown = await fleet([...args, secret]);
    expect(shown.code).toBe(2);
    expect(shown.stderr).toContain('looks like a secret');
    const unasked = await fleet(args);
    expect(unasked.stderr).toContain('--credentials-file');
    for (const { stdout, stderr } of [bad, malformed, shown]) expect(stdout + stderr).not.toContain(secret);
    expect(await json(['integrations', 'list'])).toEqual([]);
  });

  it('tests a credential before it stores it, and pins its account', async () => {
    const args = ['integrations', 'add', 'github', '--endpoint', github.url, '--setting', `organizations=${login}`];
    const wrong = await started([...args, '--credentials-stdin'], { input: 'ghp_wrong' });
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/^The credential did not pass: .*Nothing was stored/);
    const closed = await fleet([...args, '--credentials-stdin'], { input: secret, env: { FLEET_ALLOW_PRIVATE: '' } });
    expect(closed.code).toBe(1);
    const added = await started([...args, '--credentials-stdin', '--schedule', '6h', '--json'], {
      input: `${secret}\n`,
    });
    expect(added).toMatchObject({ code: 0, stderr: '' });
    const [listed] = await json(['integrations', 'list']);
    expect(listed).toMatchObject({ name: 'github', status: 'active', intervalMinutes: 360, credentialVersion: 1 });
    expect(listed.accountId).toBe(JSON.parse(added.stdout).account.id);
    expect((await fleet(['integrations', 'test', 'github'])).stdout).toMatch(/^github works: /);
  });

  it('keeps a credential when the one that is to replace it does not pass', async () => {
    const args = ['integrations', 'update-credentials', 'github', '--credentials-stdin'];
    const wrong = await fleet(args, { input: 'ghp_planted-and-wrong' });
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toMatch(/^The new credential did not pass: .*The old one stays/);
    expect(wrong.stderr).not.toContain('planted');
    expect((await fleet([...args, '--auth', 'nothing'], { input: '{}' })).code).toBe(2);
    expect((await fleet(['integrations', 'test', 'github'])).code).toBe(0);
  });

  it('replaces a credential by one that passes, which mends the integration, and shows who opened it', async () => {
    const target = await integration();
    const revoked = { status: 'error', code: 'authentication_failed', message: 'Revoked.' } as const;
    await recordHealth(database, target, revoked);
    const args = ['integrations', 'update-credentials', 'github', '--credentials-stdin'];
    expect(await fleet(args, { input: secret })).toMatchObject({ code: 0, stderr: '' });
    expect(await json(['integrations', 'show', 'github'])).toMatchObject({ credentialVersion: 2, status: 'active' });
    const accesses: { version: number; purpose: string; by: string }[] = await json([
      'integrations',
      'accesses',
      'github',
    ]);
    expect(accesses.map(({ version, purpose }) => `${purpose} ${version}`)).toEqual([
      'updated 2',
      'opened 1',
      'opened 1',
    ]);
    expect(accesses[0]?.by).toMatch(/^cli:/);
    const told = await listNotifications(database, { ...target, all: false, limit: 5 });
    expect(told.map(({ kind }) => kind)).toEqual(['integration.recovered', 'integration.error']);
    await acknowledgeNotifications(database, { organizationId: target.organizationId, actor: 'test' });
  });

  it('lists, shows and exports evidence, as it stands and as of a time', async () => {
    await collect('github.organization', [
      { orgId: 1, login: '=HYPERLINK("x")' },
      { orgId: 2, login: 'labs' },
    ]);
    const asOf = new Date().toISOString();
    await collect('github.organization', [
      { orgId: 1, login: 'renamed' },
      { orgId: 2, login: 'labs' },
    ]);
    const listed = await json(['evidence', 'list', '--type', 'github.organization']);
    const one = listed.find(({ key }: { key: number[] }) => key[0] === 1);
    expect(one).toMatchObject({ data: { login: 'renamed' }, source: { connector: 'github' }, validTo: null });
    const shown = await json(['evidence', 'show', one.id]);
    expect(shown[0].versions).toMatchObject([{ endReason: 'superseded' }, { endReason: null }]);
    expect(await json(['evidence', 'show', 'github.organization', '[1]'])).toEqual(shown);

    await collect('github.secret_scanning_alert', [{ alertId: 1, state: 'open' }]);
    const alerts = await json(['evidence', 'list', '--type', 'security_alerts']);
    expect(alerts.map(({ type }: { type: string }) => type)).toEqual(['github.secret_scanning_alert']);
    expect(await json(['evidence', 'show', 'github.security_alerts', '[1]'])).toHaveLength(1);
    const none = await fleet(['evidence', 'list', '--type', 'aws.iam_users']);
    expect(none).toMatchObject({ code: 3, stderr: expect.stringContaining('(aws.iam_user)') });

    const exported = await started(['evidence', 'export', '--as-of', asOf]);
    const items = lines(exported.stdout).map((line) => JSON.parse(line));
    expect(items.map(({ data }) => data.login).toSorted()).toEqual(['=HYPERLINK("x")', 'labs']);
    const file = join(folder, 'now.csv');
    expect((await fleet(['evidence', 'export', '--format', 'csv', '--output', file])).code).toBe(0);
    const csv = await readFile(file, 'utf8');
    expect(csv.split('\r\n')).toHaveLength(5);
    expect(csv).toContain('renamed');
    expect((await stat(file)).mode & 0o077).toBe(0);
    expect((await fleet(['evidence', 'export', '--output', file])).stderr).toContain('EEXIST');
    expect((await fleet(['evidence', 'list', '--as-of', 'yesterday'])).code).toBe(2);
  });

  it('confirms an absence, and nothing else', async () => {
    await collect('github.repository', [{ repoId: 1 }], ['mass_absence', 'permission_denied']);
    const gaps = await json(['gaps']);
    const idOf = (wanted: string) => gaps.find(({ reason }: { reason: string }) => reason === wanted).id;
    expect((await fleet(['gaps', 'confirm', idOf('mass_absence')])).stdout).toContain('Confirmed.');
    const refused = await fleet(['gaps', 'confirm', idOf('permission_denied')]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('Say what to do.');
    expect((await fleet(['gaps', 'confirm', 'nonsense'])).code).toBe(2);
  });

  it('asks for a sync, shows it and cancels it', async () => {
    const { runId, how } = JSON.parse((await started(['sync', 'github', '--types', 'repository', '--json'])).stdout);
    expect(how).toBe('created');
    expect(await json(['runs', 'show', runId])).toMatchObject({ state: 'queued', types: ['github.repository'] });
    expect((await fleet(['runs', 'cancel', runId])).stdout).toBe('Cancelled.\n');
    const again = await fleet(['runs', 'cancel', runId]);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('ended already');
    expect((await fleet(['runs', 'list'])).stdout).toContain('cancelled');
    const many = await json(['sync', 'github', '--types', 'security_alerts,github.repository']);
    expect((await json(['runs', 'show', many.runId])).types.toSorted()).toEqual([
      ...['github.code_scanning_alert', 'github.dependabot_alert', 'github.repository', 'github.secret_scanning_alert'],
    ]);
    await fleet(['runs', 'cancel', many.runId]);
    expect((await fleet(['sync', 'github', '--types', 'nothing'])).code).toBe(2);
    expect((await fleet(['sync', 'nowhere'])).code).toBe(3);
  });

  it('shows what is quarantined, refuses to sync it, and redrives it once', async () => {
    const { organizationId } = await integration();
    const { runId } = await json(['sync', 'github', '--types', 'repository']);
    const run = await claimRun(database, { organizationId, runId, worker: 'test' });
    if (run === null) throw new Error('the run could not be claimed');
    const error = { code: 'crashed', message: 'It ended its workers.' };
    await releaseRun(database, run, { kind: 'end', state: 'failed', error, quarantine: true }, null);
    expect(await json(['runs', 'list', '--quarantined'])).toMatchObject([{ id: runId, errorCode: 'crashed' }]);
    expect((await fleet(['integrations', 'list'])).stdout).toContain('github: quarantined');
    expect((await fleet(['integrations', 'show', 'github'])).stdout).toContain(`by run ${runId}`);
    const refused = await fleet(['sync', 'github']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(`fleet runs redrive ${runId}`);
    expect((await fleet(['runs', 'redrive'])).code).toBe(2);
    const redriven = await json(['runs', 'redrive', runId]);
    expect(redriven).toMatchObject([{ redrives: runId, integration: 'github' }]);
    expect(await json(['runs', 'show', redriven[0].runId])).toMatchObject({ types: ['github.repository'] });
    expect((await fleet(['runs', 'redrive', '--all'])).stdout).toContain('Nothing to redrive');
    expect((await fleet(['runs', 'redrive', runId])).stdout).toContain('Nothing to redrive');
    expect((await fleet(['runs', 'cancel', redriven[0].runId])).code).toBe(0);
  });

  it('lists what there is to tell until it is acknowledged', async () => {
    const told = await json(['notifications', 'list', '--integration', 'github']);
    expect(told.map(({ kind }: { kind: string }) => kind)).toEqual([
      'integration.quarantine_lifted',
      'integration.quarantined',
    ]);
    expect((await fleet(['notifications', 'acknowledge'])).code).toBe(2);
    expect((await fleet(['notifications', 'acknowledge', told[0].id])).stdout).toBe('Acknowledged.\n');
    expect((await fleet(['notifications', 'acknowledge', told[0].id])).code).toBe(3);
    expect(await json(['notifications', 'list'])).toMatchObject([{ id: told[1].id }]);
    expect(await json(['notifications', 'acknowledge', '--all'])).toEqual({ acknowledged: 1 });
    expect((await fleet(['notifications', 'list'])).stdout).toBe('Nothing to see to.\n');
    expect(await json(['notifications', 'list', '--all'])).toHaveLength(4);
  });

  it('adds channels, whose secrets come from a file, standard input or the fleet itself, and destroys them', async () => {
    const add = (args: string[], input = '') => fleet(['notifications', 'channels', 'add', ...args], { input });
    const hook = ['webhook', '--url', 'https://hooks.example.com/fleet'];
    const made = await add([...hook, '--json']);
    expect(JSON.parse(made.stdout)).toMatchObject({
      target: 'https://hooks.example.com',
      secret: expect.stringMatching(/^whsec_/),
    });
    const taken = await add(hook);
    expect(taken.code).toBe(1);
    expect(taken.stderr).toContain('--name');
    const whole = JSON.stringify({ url: 'https://chat.example.com/planted-path', secret: 'planted-signing-secret' });
    const given = await started(['notifications', 'channels', 'add', 'webhook', '--name', 'chat', '--secret-stdin'], {
      input: whole,
    });
    expect(given).toMatchObject({ code: 0, stderr: '' });
    expect(given.stdout).not.toContain('planted');
    for (const [args, input, field] of [
      [['webhook', '--name', 'x'], '', 'url'],
      [['webhook', '--name', 'x', '--url', 'https://user:planted@a.example/'], '', 'looks like a secret'],
      [[...hook, '--name', 'x', '--secret-stdin'], 'planted', 'secret'],
      [['mail', '--to', 'a@example.com,planted'], '', '1'],
    ] as const) {
      const refused = await add([...args], input);
      expect({ args, code: refused.code }).toEqual({ args, code: 2 });
      expect(refused.stderr).toContain(field);
      expect(refused.stderr).not.toContain('planted');
    }
    expect((await add(['mail', '--to', 'a@example.com, b@example.com'])).code).toBe(0);
    expect((await fleet(['notifications', 'channels', 'test', 'chat'])).code).toBe(0);
    const listed = await json(['notifications', 'channels', 'list']);
    expect(listed).toMatchObject([
      { name: 'chat', kind: 'webhook', target: 'https://chat.example.com', pending: 1 },
      { name: 'mail', kind: 'mail', target: 'a@example.com,b@example.com', pending: 0 },
      { name: 'webhook', pending: 0 },
    ]);
    expect(JSON.stringify(listed)).not.toContain('planted');
    for (const name of ['chat', 'mail', 'webhook'])
      expect((await fleet(['notifications', 'channels', 'remove', name])).code).toBe(0);
    expect((await fleet(['notifications', 'channels', 'test', 'chat'])).code).toBe(3);
    expect((await fleet(['notifications', 'channels', 'list'])).stdout).toContain('No channel');
  });

  it('shows when a source forgets what was not read', async () => {
    const { organizationId, integrationId: id } = await integration();
    expect((await fleet(['integrations', 'show', 'github'])).stdout).not.toContain('source forgets at');
    const forgetsAt = new Date('2030-01-02T03:04:05Z');
    await database.withOrganization(organizationId, (transaction) =>
      transaction.integration.updateMany({ where: { id }, data: { forgetsAt, forgetsType: 'github.audit_event' } }),
    );
    const { stdout } = await fleet(['integrations', 'show', 'github']);
    expect(stdout).toMatch(/source forgets at +2030-01-02 03:04.* \(github\.audit_event\)/);
    expect(await json(['integrations', 'show', 'github'])).toMatchObject({ forgetsAt: forgetsAt.toISOString() });
  });

  it('shows the controls, judged or not', async () => {
    const shown = await json(['controls']);
    expect(shown).toHaveLength(controls.length);
    expect(shown[0]).toMatchObject({ status: null });
    expect((await fleet(['controls', '--control', 'mfa-for-people'])).stdout).toContain('soc2:CC6.1');
    expect((await fleet(['controls', '--control', 'none'])).code).toBe(3);
  });

  it('prints what a credential needs for the chosen evidence types', async () => {
    const { appManifest, tokenScopes } = await json([
      'connectors',
      'show',
      'github',
      '--policy',
      '--types',
      'github.team',
    ]);
    expect(appManifest.default_permissions).toEqual({ members: 'read', metadata: 'read' });
    expect(tokenScopes).toEqual(['read:org']);
    const alerts = await json(['connectors', 'show', 'github', '--policy', '--types', 'security_alerts']);
    expect(alerts.appManifest.default_permissions).toMatchObject({ security_events: 'read' });
    const okta = await json(['connectors', 'show', 'okta', '--policy', '--types', 'okta.network_zone']);
    expect(okta.permissions).toContain('okta.networkZones.read');
    const jira = (types: string) => json(['connectors', 'show', 'jira', '--policy', '--types', types]);
    expect(await jira('jira.group,jira.user')).toEqual({
      permissions: ['Browse users and groups (global permission)'],
    });
    expect(await jira('jira.issue')).toEqual({
      permissions: ['Administer Jira (global permission)', 'Browse projects, in every project'],
    });
    const refused = await fleet(['connectors', 'show', 'okta', '--policy', '--types', 'okta.nope']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('no evidence type okta.nope') });
  });

  it('prints the least-privilege policy of an AWS role', async () => {
    const { policy, trustPolicy } = await json(['connectors', 'show', 'aws', '--policy', '--external-id', 'e-1']);
    const actions = policy.Statement.flatMap((statement: { Action: string[] }) => statement.Action);
    expect(actions).toContain('iam:ListUsers');
    expect(JSON.stringify(trustPolicy)).toContain('"sts:ExternalId":"e-1"');
    const template = (format: string) =>
      fleet(['connectors', 'show', 'aws', '--policy', '--external-id', 'e-1', '--format', format]);
    const { Resources } = JSON.parse((await template('cloudformation')).stdout);
    expect(Resources.EvidenceFleetRole.Properties).toMatchObject({
      AssumeRolePolicyDocument: trustPolicy,
      Policies: [{ PolicyDocument: policy }],
    });
    const { stdout } = await template('terraform');
    for (const said of ['resource "aws_iam_role" "evidence_fleet"', '"iam:ListUsers"', '"sts:ExternalId": "e-1"'])
      expect(stdout).toContain(said);
    const refused = await fleet(['connectors', 'show', 'okta', '--policy', '--format', 'terraform']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('no template for okta') });
  });

  it('rotates keys while everything sealed stays readable, and can be run again', async () => {
    const generated = await started(['keys', 'generate', '--id', 'k2']);
    expect(generated.stdout).toMatch(/^k2:[A-Za-z0-9+/]{43}=\n$/);
    const both = `${generated.stdout.trim()},${env.FLEET_KEYRING}`;
    const rotate = (keyring: string) => fleet(['keys', 'rotate', '--json'], { env: { FLEET_KEYRING: keyring } });
    expect(JSON.parse((await rotate(both)).stdout)).toMatchObject({ primaryKeyId: 'k2', rewrapped: 1, refused: [] });
    expect(JSON.parse((await rotate(both)).stdout)).toMatchObject({ rewrapped: 0, seen: 1 });
    const lost = await rotate(generateKey('k3'));
    expect(lost.code).toBe(1);
    expect(lost.stderr).toContain('"k2", which is not in the keyring');
    env.FLEET_KEYRING = generated.stdout.trim();
    expect((await fleet(['integrations', 'test', 'github'])).code).toBe(0);
  });

  it('pauses, resumes and removes an integration, and keeps its evidence', async () => {
    expect((await fleet(['integrations', 'pause', 'github'])).code).toBe(0);
    expect(await json(['integrations', 'show', 'github'])).toMatchObject({ status: 'paused' });
    expect((await fleet(['integrations', 'resume', 'github'])).code).toBe(0);
    const before = new Date().toISOString();
    expect((await fleet(['integrations', 'remove', 'github'])).code).toBe(2);
    expect((await fleet(['integrations', 'remove', 'github', '--yes'])).code).toBe(0);
    expect(await json(['integrations', 'list'])).toEqual([]);
    expect(await json(['evidence', 'list'])).toEqual([]);
    expect(await json(['evidence', 'list', '--as-of', before])).toHaveLength(4);
  });

  it('waits for a sync and ends with how it ended', async () => {
    const labs = { env: { FLEET_ORGANIZATION: 'labs' } };
    await fleet(['organizations', 'add', 'labs']);
    const args = ['integrations', 'add', 'github', '--endpoint', github.url, '--setting', `organizations=${login}`];
    expect((await fleet([...args, '--credentials-stdin'], { ...labs, input: secret })).code).toBe(0);
    const worker = await startFleetProcess('worker', {
      ...{ appUrl: server.app, schedulerUrl: server.scheduler, redisUrl: redis.url, keyring: env.FLEET_KEYRING ?? '' },
      allowPrivate: [new URL(github.url).host],
    });
    try {
      const ran = await started(['sync', 'github', '--wait', '--json'], labs);
      const run = JSON.parse(ran.stdout);
      expect(ran.code).toBe(run.state === 'succeeded' ? 0 : 4);
      expect(ran.stderr).toContain('github.repository');
      expect(run.streamRuns.every(({ status }: { status: string }) => status !== 'open')).toBe(true);
      const shown = await fleet(['runs', 'show', run.id], labs);
      expect(shown.stdout).toContain('GET /user ');
      expect((await fleet(['controls', '--control', 'mfa-for-people'], labs)).stdout).toContain(
        'Has no second factor.',
      );
    } finally {
      await worker.close();
    }
  });

  it('finds the database up to date', async () => {
    expect(await json(['migrate'])).toEqual({ applied: [] });
  });
});
