import {
  claimRun,
  createDatabase,
  createLedger,
  type Database,
  mapAccount,
  releaseRun,
  requestSync,
  unmapAccount,
  uuid,
} from '@evidence-fleet/db';
import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { judgeRun } from './judge-run.ts';
import { type Of, type Pass, passesOf, prepared } from './testing/passes.ts';

let server: TestDatabase;
let database: Database;
let superuser: Database;
let github: Of;
let okta: Of;
let jira: Of;

beforeAll(async () => {
  server = await startDatabase();
  database = createDatabase({ url: server.app });
  superuser = createDatabase({ url: server.superuser });
});
afterAll(async () => {
  await superuser?.close();
  await database?.close();
  await server?.close();
});
beforeEach(async () => {
  github = await createTestOrganization(database, 'github');
});

async function integrate(connector: string, settings: object = {}): Promise<Of> {
  const { organizationId } = github;
  const integrationId = uuid();
  await superuser.prisma.$executeRaw`
    INSERT INTO integration (organization_id, id, connector, name, settings, status)
    VALUES (${organizationId}::uuid, ${integrationId}::uuid, ${connector}, ${connector}, ${JSON.stringify(settings)}::jsonb, 'active')`;
  return { organizationId, integrationId };
}

/** Runs over some evidence types of an integration, each judged as the worker does it. */
async function sync(of: Of, passes: Record<string, Pass>) {
  for (const [type, pass] of Object.entries(passes)) {
    const { run, end } = await passesOf(database, of, type, [pass]);
    await judgeRun({ ...run, database, types: [type], signal: new AbortController().signal });
    await end();
  }
}

async function findings(controlId: string) {
  const open = await database.withOrganization(github.organizationId, (transaction) =>
    transaction.finding.findMany({ where: { validTo: null, controlId }, orderBy: { resource: 'asc' } }),
  );
  return Object.fromEntries(open.map(({ resource, status }) => [resource, status]));
}

async function verdict(controlId: string) {
  const [row] = await database.withOrganization(
    github.organizationId,
    (transaction) => transaction.$queryRaw<{ status: string }[]>`
      SELECT status FROM current_verdict WHERE control_id = ${controlId}`,
  );
  return row?.status;
}

const at = '2026-01-05T10:00:00.000Z';
const dropped = (rows: readonly ReturnType<typeof prepared>[], index: number) => ({
  rows: rows.filter((_, other) => other !== index),
  gone: rows.filter((_, other) => other === index),
});

describe('who has left has no account any more', () => {
  const control = 'leavers-without-accounts';
  const member = (login: string) =>
    prepared([1, login], { orgId: 1, userId: login.length, login, role: 'member', twoFactor: true });
  const person = (userId: string, status = 'ACTIVE') =>
    prepared([userId], { userId, login: `${userId}@acme.example`, status, createdAt: at });
  const app = prepared(['app'], { appId: 'app', name: 'githubcloud', label: 'GitHub', status: 'ACTIVE' });
  const assigned = (userId: string, userName: string) =>
    prepared(['app', userId], { appId: 'app', userId, scope: 'USER', status: 'ACTIVE', userName, externalId: null });
  const assignments = [assigned('ada', 'Ada'), assigned('bob', 'bob-gh'), assigned('eve', 'eve')];
  const people = [person('ada'), person('bob'), person('eve')];
  const members = [member('ada'), member('bob-gh'), member('carl'), member('eve')];

  it('is not asked where no directory is integrated', async () => {
    await sync(github, { 'github.org_member': { rows: members } });
    expect(await findings(control)).toEqual({});
    expect(await verdict(control)).toBeUndefined();
  });

  it('follows the directory, though nothing changed at GitHub', async () => {
    okta = await integrate('okta');
    await sync(github, { 'github.org_member': { rows: members } });
    expect(Object.values(await findings(control))).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
    await sync(okta, {
      'okta.user': { rows: people },
      'okta.app': { rows: [app] },
      'okta.app_user': { rows: assignments },
    });
    expect(await findings(control)).toEqual({ ada: 'pass', 'bob-gh': 'pass', carl: 'unknown', eve: 'pass' });
    expect(await verdict(control)).toBe('unknown');
    await mapAccount(database, github.organizationId, { connector: 'github', account: 'Carl', person: null });
    // Okta takes the assignment away with the deactivation.
    await sync(okta, {
      'okta.app_user': dropped(assignments, 1),
      'okta.user': { rows: [person('ada'), person('bob', 'DEPROVISIONED'), person('eve')] },
    });
    expect(await findings(control)).toEqual({ ada: 'pass', 'bob-gh': 'fail', carl: 'not_applicable', eve: 'pass' });
    expect(await verdict(control)).toBe('fail');
    await sync(github, { 'github.org_member': dropped(members, 1) });
    expect(await findings(control)).toEqual({ ada: 'pass', carl: 'not_applicable', eve: 'pass' });
    expect(await verdict(control)).toBe('pass');
  });

  it('believes the map before the directory, and is unknown where that names several', async () => {
    okta = await integrate('okta');
    await sync(okta, {
      'okta.user': { rows: [person('ada'), person('bob', 'DEPROVISIONED')] },
      'okta.app': { rows: [app] },
      'okta.app_user': { rows: [assigned('ada', 'shared'), assigned('bob', 'shared')] },
    });
    await sync(github, { 'github.org_member': { rows: [member('shared')] } });
    expect(await findings(control)).toEqual({ shared: 'unknown' });
    const account = { connector: 'github', account: 'shared' };
    await mapAccount(database, github.organizationId, { ...account, person: 'Bob@acme.example' });
    await sync(github, { 'github.org_member': { rows: [member('shared')] } });
    expect(await findings(control)).toEqual({ shared: 'fail' });
    await mapAccount(database, github.organizationId, { ...account, person: 'nobody@acme.example' });
    await sync(okta, { 'okta.app': { rows: [app] } });
    expect(await findings(control)).toEqual({ shared: 'unknown' });
    expect(await unmapAccount(database, github.organizationId, account)).toBe(true);
    expect(await unmapAccount(database, github.organizationId, account)).toBe(false);
  });

  it('never passes or fails while the directory was not read to its end', async () => {
    okta = await integrate('okta');
    const whole = {
      'okta.user': { rows: [person('ada'), person('bob', 'DEPROVISIONED')] },
      'okta.app': { rows: [app] },
      'okta.app_user': { rows: assignments.slice(0, 2) },
    };
    await sync(okta, whole);
    await sync(github, { 'github.org_member': { rows: [member('ada'), member('bob-gh')] } });
    expect(await findings(control)).toEqual({ ada: 'pass', 'bob-gh': 'fail' });
    await sync(okta, { 'okta.app_user': { rows: assignments.slice(0, 1), status: 'partial' } });
    expect(await findings(control)).toEqual({ ada: 'unknown', 'bob-gh': 'unknown' });
    expect(await verdict(control)).toBe('unknown');
    await sync(okta, { 'okta.app_user': { rows: assignments.slice(0, 2) } });
    expect(await findings(control)).toEqual({ ada: 'pass', 'bob-gh': 'fail' });
    expect(await verdict(control)).toBe('fail');
    await superuser.prisma.$executeRaw`
      UPDATE stream_run SET opened_at = opened_at - interval '30 hours'
      WHERE integration_id = ${okta.integrationId}::uuid AND type = 'okta.user'`;
    await sync(github, { 'github.org_member': { rows: [member('ada'), member('bob-gh')] } });
    expect(await verdict(control)).toBe('unknown');
  });

  it('follows what a pass shows after it was judged in the middle', async () => {
    okta = await integrate('okta');
    await sync(okta, {
      'okta.user': { rows: people },
      'okta.app': { rows: [app] },
      'okta.app_user': { rows: assignments },
    });
    await sync(github, { 'github.org_member': { rows: members } });
    const { runId } = await requestSync(database, { ...okta, types: [] });
    const run = await claimRun(database, { organizationId: okta.organizationId, runId, worker: 'test' });
    if (run === null) throw new Error('the run could not be claimed');
    const ledger = createLedger(database, { ...run, visibility: Buffer.alloc(64) });
    const { id } = await ledger.open({ type: 'okta.user', mode: 'snapshot', typeVersion: 1, slice: '' });
    const none = { gaps: [], checkpoint: null, watermark: null, expected: null, calls: [] };
    await ledger.commit(id, { ...none, rows: [person('ada', 'DEPROVISIONED')] });
    await sync(github, { 'github.org_member': { rows: members } });
    expect(await findings(control)).toMatchObject({ ada: 'fail', 'bob-gh': 'pass' });
    await ledger.commit(id, { ...none, rows: [person('bob', 'DEPROVISIONED'), person('eve')] });
    await ledger.close(id, { status: 'complete', gone: [], unproven: [], error: null, expected: null, calls: [] });
    await ledger.closeSlices('okta.user', ['']);
    await judgeRun({ ...run, database, types: ['okta.user'], signal: new AbortController().signal });
    await releaseRun(database, run, { kind: 'end', state: 'succeeded', error: null }, null);
    expect(await findings(control)).toMatchObject({ ada: 'fail', 'bob-gh': 'fail', eve: 'pass' });
  });

  it('writes nothing where neither side has changed', async () => {
    okta = await integrate('okta');
    const whole = {
      'okta.user': { rows: people },
      'okta.app': { rows: [app] },
      'okta.app_user': { rows: assignments },
    };
    await sync(okta, whole);
    await sync(github, { 'github.org_member': { rows: members.slice(0, 2) } });
    const written = () => superuser.prisma.$queryRaw`
      SELECT array_agg(id || xmin::text ORDER BY id) AS findings FROM finding WHERE organization_id = ${github.organizationId}::uuid`;
    const before = await written();
    await sync(okta, whole);
    await sync(github, { 'github.org_member': { rows: members.slice(0, 2) } });
    expect(await written()).toEqual(before);
  });

  it('is the same, whichever of two runs that end at once comes first', async () => {
    okta = await integrate('okta');
    await sync(okta, { 'okta.user': { rows: people }, 'okta.app': { rows: [app] } });
    const { signal } = new AbortController();
    for (let round = 0; round < 6; round += 1) {
      const user = person('bob', round % 2 === 0 ? 'DEPROVISIONED' : 'ACTIVE');
      await sync(okta, { 'okta.user': { rows: [person('ada'), user, person('eve')] } });
      const sides = [
        await passesOf(database, okta, 'okta.app_user', [{ rows: assignments }]),
        await passesOf(database, github, 'github.org_member', [{ rows: members }]),
      ];
      const types = ['okta.app_user', 'github.org_member'];
      await Promise.all(
        sides.map(async ({ run, end }, side) => {
          await judgeRun({ ...run, database, types: types.slice(side, side + 1), signal });
          await end();
        }),
      );
      const bob = round % 2 === 0 ? 'fail' : 'pass';
      expect(await findings(control)).toEqual({ ada: 'pass', 'bob-gh': bob, carl: 'unknown', eve: 'pass' });
      const [counted] = await superuser.prisma.$queryRaw<{ counts: number[] }[]>`
        SELECT ARRAY[pass, fail, unknown, not_applicable] AS counts FROM judged_population WHERE organization_id = ${github.organizationId}::uuid AND control_id = ${control}`;
      expect(counted?.counts).toEqual(bob === 'fail' ? [2, 1, 1, 0] : [3, 0, 1, 0]);
    }
  });
});

const issue = (issueKey: string, purpose: string, mention = '') => ({
  ...prepared([issueKey], {}),
  material: JSON.stringify({ issueId: issueKey, issueKey, purposes: [purpose], mentions: mention ? [mention] : [] }),
  hash: Buffer.from(`${issueKey}${purpose}${mention}`.padEnd(32, '.').slice(0, 32)),
});

describe('changes are reviewed, and follow an issue', () => {
  const control = 'changes-reviewed-and-planned';
  const change = (title: string, lastCommitApproved: boolean) =>
    prepared([1, title], { orgId: 1, repoId: 1, repository: 'acme/api', title, lastCommitApproved });
  const changes = [
    change('OPS-7: turn it off and on', true),
    change('OPS-7 in a hurry', false),
    change('BUG-1 is no change', true),
    change('without anything', false),
  ];

  it('is not asked where Jira keeps no issues for changes', async () => {
    jira = await integrate('jira', { issues: { security: 'labels = security' } });
    await sync(jira, { 'jira.issue': { rows: [issue('OPS-7', 'security')] } });
    await sync(github, { 'github.pull_request': { rows: changes } });
    expect(await findings(control)).toEqual({});
  });

  it('needs both', async () => {
    jira = await integrate('jira', { issues: { change: 'type = Change' } });
    await sync(jira, { 'jira.issue': { rows: [issue('OPS-7', 'change'), issue('BUG-1', 'security')] } });
    await sync(github, { 'github.pull_request': { rows: changes } });
    expect(await findings(control)).toEqual({
      'acme/api: BUG-1 is no change': 'fail',
      'acme/api: OPS-7 in a hurry': 'fail',
      'acme/api: OPS-7: turn it off and on': 'pass',
      'acme/api: without anything': 'fail',
    });
    expect(await verdict(control)).toBe('fail');
  });
});

describe('alerts that stay open have a ticket', () => {
  const control = 'overdue-alerts-ticketed';
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  const alert = (ghsaId: string, createdAt: string, number: number, state = 'open') =>
    prepared([1, number], {
      ...{ orgId: 1, repoId: 1, repository: 'Acme/api', number, state, severity: 'high', ghsaId },
      ...{ cveId: `CVE-2026-${number}`, createdAt },
    });

  it('whatever the issue calls them', async () => {
    jira = await integrate('jira');
    await sync(jira, {
      'jira.issue': {
        rows: [
          issue('SEC-1', 'security', 'acme/api/security/dependabot/1001'),
          issue('SEC-2', 'security', 'cve-2026-1002'),
        ],
      },
    });
    await sync(github, {
      'github.dependabot_alert': {
        rows: [
          alert('by address', daysAgo(90), 1001),
          alert('by name', daysAgo(90), 1002),
          alert('forgotten', daysAgo(32), 1003),
          alert('new', daysAgo(29), 1004),
          alert('mended', daysAgo(90), 1005, 'fixed'),
        ],
      },
    });
    expect(await findings(control)).toMatchObject({
      'by address in Acme/api': 'pass',
      'by name in Acme/api': 'pass',
      'forgotten in Acme/api': 'fail',
      'mended in Acme/api': 'not_applicable',
      'new in Acme/api': 'pass',
    });
  });
});
