import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, createOrganization, uuid } from '@evidence-fleet/db';
import { startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type ResidentFleet, runFleet, startResidentFleet } from '../testing/run-fleet.ts';

/*
 * March 2026, as the ledger holds it. The members of a GitHub organization are read at midnight and judged a minute later:
 *   2nd  ada has no second factor                  fail
 *   3rd  she has one                               pass, good until the 4th, 02:00
 *   4th  nothing ran
 *   5th  bob cannot be read                        unknown, under a gap
 *   6th  all is well, and nothing runs any more    pass, good until the 7th, 02:00
 */
const control = 'mfa-for-people';
const type = 'github.org_member';
const at = (day: number, minute = 0, hour = 0) => new Date(Date.UTC(2026, 2, day, hour, minute));
const iso = (day: number, minute = 0, hour = 0) => at(day, minute, hour).toISOString();
const sha = (text: string) => createHash('sha256').update(text).digest();

let server: TestDatabase;
let client: pg.Client;
let folder: string;
let env: Record<string, string>;
let resident: ResidentFleet;
const organizationId = uuid();
const integrationId = uuid();
const runs = { second: uuid(), third: uuid(), fifth: uuid(), sixth: uuid() };
const ids = { before: uuid(), after: uuid(), bob: uuid(), finding: uuid(), gap: uuid() };

async function insert(table: string, row: Record<string, unknown>): Promise<void> {
  const fields = { organization_id: organizationId, ...row };
  const columns = Object.keys(fields).join(', ');
  const places = Object.keys(fields).map((_, index) => `$${index + 1}`);
  await client.query(`INSERT INTO ${table} (${columns}) VALUES (${places.join(', ')})`, Object.values(fields));
}

beforeAll(async () => {
  server = await startDatabase();
  folder = await mkdtemp(join(tmpdir(), 'fleet-report-'));
  env = { DATABASE_URL: server.app, FLEET_ORGANIZATION: 'acme' };
  client = new pg.Client({ connectionString: server.superuser });
  await client.connect();
  const database = createDatabase({ url: server.app });
  const key = { organizationId, keyId: 'none', wrapped: new Uint8Array(1) };
  await createOrganization(database, { id: organizationId, slug: 'acme', name: 'Acme | Inc.' }, key);
  await database.close();
  await remember();
  resident = startResidentFleet();
});
afterAll(async () => {
  await resident?.close();
  await client?.end();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

async function remember(): Promise<void> {
  const integration = { connector: 'github', name: 'github', settings: '{}', status: 'active', account_title: 'acme' };
  await insert('integration', { id: integrationId, ...integration, created_at: at(1) });
  const visibility = Buffer.alloc(64);
  for (const [run, day, status] of [
    [runs.second, 2, 'complete'],
    [runs.third, 3, 'complete'],
    [runs.fifth, 5, 'partial'],
    [runs.sixth, 6, 'complete'],
  ] as const) {
    const of = { integration_id: integrationId, trigger: 'schedule' };
    await insert('sync_run', { id: run, ...of, state: 'succeeded', requested_at: at(day) });
    const pass = { run_id: run, integration_id: integrationId, type, type_version: 1, mode: 'snapshot', slice: '' };
    await insert('stream_run', { id: uuid(), ...pass, status, opened_at: at(day), closed_at: at(day), visibility });
  }
  const version = (login: string) => ({
    ...{ integration_id: integrationId, type, type_version: 1, slice: '', key: JSON.stringify([1, login]) },
    ...{ key_sha: sha(login), hash: sha(''), material: JSON.stringify({ login }), salt: Buffer.alloc(16) },
  });
  const [second, third] = [{ from_run_id: runs.second }, { to_run_id: runs.third }];
  const ended = { ...third, valid_to: at(3), end_reason: 'superseded' };
  await insert('evidence', { id: ids.before, ...version('ada'), valid_from: at(2), ...second, ...ended });
  await insert('evidence', { id: ids.after, ...version('ada'), valid_from: at(3), from_run_id: runs.third });
  await insert('evidence', { id: ids.bob, ...version('bob'), valid_from: at(2), ...second });
  const finding = { control_id: control, integration_id: integrationId, type, resource_sha: sha('ada') };
  const said = { resource: 'ada', status: 'fail', reason: 'Has no second factor.' };
  const span = { valid_from: at(2, 1), ...second, valid_to: at(3, 1), ...third };
  await insert('finding', { id: ids.finding, ...finding, ...said, ...span });
  await insert('gap', {
    ...{ id: ids.gap, integration_id: integrationId, type, slice: '', scope: 'user:bob', reason: 'permission_denied' },
    ...{ detail: 'Grant "members".', opened_run_id: runs.fifth, opened_at: at(5), stream_run_id: uuid() },
    ...{ closed_run_id: runs.sixth, closed_at: at(6) },
  });
  await verdict('fail', at(2, 1), at(3, 1), at(4, 0, 2), runs.second, {
    counts: { fail: 1, pass: 1 },
    examples: [{ status: 'fail', resource: 'ada', reason: 'Has no second factor.' }],
  });
  await verdict('pass', at(3, 1), at(4, 0, 2), at(4, 0, 2), runs.third);
  await verdict('unknown', at(4, 0, 2), at(5, 1), at(4, 0, 2), runs.fifth, { stale: true });
  await verdict('unknown', at(5, 1), at(6, 1), at(6, 0, 2), runs.fifth, { openGaps: 1 });
  await verdict('pass', at(6, 1), null, at(7, 0, 2), runs.sixth);
  await score({ pass: 0, fail: 1, unknown: 0 }, at(2, 1), at(3, 1));
  await score({ pass: 1, fail: 0, unknown: 0 }, at(3, 1), at(4, 0, 2));
  await score({ pass: 0, fail: 0, unknown: 1 }, at(4, 0, 2), at(6, 1));
  await score({ pass: 1, fail: 0, unknown: 0 }, at(6, 1), null);
}

function score(counts: { pass: number; fail: number; unknown: number }, from: Date, to: Date | null) {
  return insert('framework_score', {
    ...{ id: uuid(), framework: 'soc2', ...counts, not_applicable: 0, valid_from: from, from_run_id: runs.second },
    ...{ valid_to: to, to_run_id: to === null ? null : runs.second },
  });
}

function verdict(status: string, from: Date, to: Date | null, freshUntil: Date, runId: string, why: object = {}) {
  return insert('verdict', {
    ...{ id: uuid(), control_id: control, status, why: JSON.stringify(why), fresh_until: freshUntil },
    ...{ valid_from: from, from_run_id: runId, valid_to: to, to_run_id: to === null ? null : runId },
  });
}

const fleet = (...args: string[]) => resident.run(['report', ...args], { env });
async function report(from: string, to: string, ...args: string[]) {
  const ran = await fleet('--framework', 'soc2', '--from', from, '--to', to, '--format', 'json', ...args);
  if (ran.code !== 0) throw new Error(`fleet report ended with ${ran.code}: ${ran.stderr}`);
  return JSON.parse(ran.stdout);
}
// biome-ignore lint/suspicious/noExplicitAny: what a program would parse
const controlOf = (made: any) => made.controls.find(({ id }: { id: string }) => id === control);
const spans = (intervals: { status: string; from: string; to: string }[]) =>
  intervals.map(({ status, from, to }) => [status, from, to]);

describe('fleet score', () => {
  const ran = async (...args: string[]) => (await resident.run(['score', ...args], { env })).stdout;

  it('tells what passes of what applies now, and every change of it', async () => {
    const [soc2, ...others] = JSON.parse(await ran('--json'));
    expect(soc2).toMatchObject({ framework: 'soc2', score: 0, pass: 0, fail: 0, unknown: 1, since: iso(7, 0, 2) });
    expect(soc2.notJudged).toBeGreaterThan(5);
    expect(others).toHaveLength(2);
    const [{ history }] = JSON.parse(await ran('--history', '--framework', 'soc2', '--json'));
    expect(
      history.map((one: { score: number; from: string; to: string | null }) => [one.score, one.from, one.to]),
    ).toEqual([
      [0, iso(7, 0, 2), null], // went stale, and no run has told
      [1, iso(6, 1), iso(7, 0, 2)],
      [0, iso(4, 0, 2), iso(6, 1)],
      [1, iso(3, 1), iso(4, 0, 2)],
      [0, iso(2, 1), iso(3, 1)],
    ]);
    expect(await ran()).toMatch(/soc2 +0 % +0 +0 +1 +0 /);
    expect(await ran('--history')).toContain('iso27001:2013');
  });
});

describe('fleet report', () => {
  it('tells every interval of a control, exactly, and says what made it unknown', async () => {
    const { intervals, atEnd, durationsMs } = controlOf(await report('2026-03-01', '2026-03-10'));
    expect(spans(intervals)).toEqual([
      ['unknown', iso(1), iso(2, 1)],
      ['fail', iso(2, 1), iso(3, 1)],
      ['pass', iso(3, 1), iso(4, 0, 2)],
      ['unknown', iso(4, 0, 2), iso(5, 1)],
      ['unknown', iso(5, 1), iso(6, 1)],
      ['pass', iso(6, 1), iso(7, 0, 2)],
      ['unknown', iso(7, 0, 2), iso(11)],
    ]);
    expect(intervals.map(({ reason }: { reason: string | null }) => reason)).toEqual([
      'Not judged yet.',
      '1 failing. ada: Has no second factor.',
      null,
      `Not read again in time: what was known was good until ${iso(4, 0, 2)}.`,
      '1 open gap.',
      null,
      `Not read again in time: what was known was good until ${iso(7, 0, 2)}.`,
    ]);
    expect(atEnd).toBe('unknown');
    expect(durationsMs.fail).toBe(24 * 3_600_000);
  });

  it('goes down to what was read, what was not, and the versions that prove a failure', async () => {
    const { populations } = controlOf(await report('2026-03-01', '2026-03-10'));
    expect(populations).toHaveLength(1);
    expect(populations[0]).toMatchObject({
      ...{ integration: { name: 'github', account: 'acme' }, type, mode: 'snapshot', resources: 2, runs: 4 },
      slices: [{ slice: '', complete: 3, partial: 1, failed: 0, firstCompleteAt: iso(2), lastCompleteAt: iso(6) }],
      gapCount: 1,
      gaps: [{ id: ids.gap, scope: 'user:bob', reason: 'permission_denied', from: iso(5), to: iso(6) }],
      failing: {
        findings: 1,
        resources: 1,
        list: [{ id: ids.finding, resource: 'ada', from: iso(2, 1), to: iso(3, 1) }],
      },
      unknown: { findings: 0, resources: 0 },
    });
    expect(populations[0].failing.list[0].evidence).toEqual([ids.before]);
  });

  it('is cut to its period, and stays the same whatever came later', async () => {
    const made = await report('2026-03-02T12:00Z', '2026-03-03T00:00Z');
    const { intervals, populations } = controlOf(made);
    expect(spans(intervals)).toEqual([['fail', iso(2, 0, 12), iso(3)]]);
    expect(populations[0]).toMatchObject({
      ...{ runs: 0, slices: [{ complete: 0, completeBeforeAt: iso(2) }], gapCount: 0, resources: 2 },
      failing: { list: [{ from: iso(2, 1), to: null, evidence: [ids.before] }] },
    });
    expect(made.scores).toMatchObject([{ pass: 0, fail: 1, score: 0, from: iso(2, 1), to: null }]);
  });

  it('names every requirement with its controls, and maps the same control to each framework', async () => {
    const { requirements, controls } = await report('2026-03-01', '2026-03-10');
    const access = requirements.find(({ id }: { id: string }) => id === 'soc2:CC6.1');
    expect(access.controls).toContainEqual({ id: control, atEnd: 'unknown' });
    expect(controls.every(({ satisfies }: { satisfies: string[] }) => satisfies.length > 0)).toBe(true);
    const args = ['--framework', 'iso27001:2013', '--from', '2026-03-01', '--format', 'json'];
    const iso2013 = JSON.parse((await fleet(...args)).stdout);
    const signIn = iso2013.requirements.find(({ id }: { id: string }) => id === 'iso27001:2013:A.9.4.2');
    expect(signIn.controls).toContainEqual({ id: control, atEnd: 'unknown' });
  });

  it('proves by everything that was there that nothing was enough', async () => {
    const [aws, bucket, failing] = [uuid(), uuid(), uuid()];
    const of = { integration_id: aws, type: 'aws.cloudtrail_trail' };
    const integration = { connector: 'aws', name: 'aws', settings: '{}', status: 'active', created_at: at(15) };
    await insert('integration', { id: aws, ...integration });
    const version = {
      ...of,
      type_version: 1,
      slice: 'eu-west-1',
      hash: sha(''),
      material: '{}',
      salt: Buffer.alloc(16),
    };
    const key = { key: '["main"]', key_sha: sha('main') };
    await insert('evidence', { id: bucket, ...version, ...key, valid_from: at(15), from_run_id: runs.sixth });
    await insert('finding', {
      ...{
        id: failing,
        control_id: 'trail-logging-all-regions',
        ...of,
        resource_sha: sha('account'),
        resource: '1111',
      },
      ...{ status: 'fail', reason: 'No trail is enough.', valid_from: at(15, 1), from_run_id: runs.sixth },
    });
    const { controls } = await report('2026-03-15', '2026-03-16');
    const trails = controls.find(({ id }: { id: string }) => id === 'trail-logging-all-regions').populations[0];
    expect(trails).toMatchObject({ quantifier: 'some', resources: 1, failing: { findings: 1, resources: 1 } });
    expect(trails.failing.list).toMatchObject([{ id: failing, resource: '1111', to: null, evidence: [bucket] }]);
  });

  it('names everything that a control joins: types, integrations, how each was read, and the map of people', async () => {
    const okta = uuid();
    const integration = {
      connector: 'okta',
      name: 'okta',
      settings: '{}',
      status: 'active',
      account_title: 'acme.okta',
    };
    await insert('integration', { id: okta, ...integration, created_at: at(12) });
    await insert('person_account', { connector: 'github', account: 'octocat', person: 'ada' });
    const of = { integration_id: okta, type_version: 1, slice: '' };
    for (const [read, status] of [
      ['okta.user', 'complete'],
      ['okta.app_user', 'partial'],
    ]) {
      const pass = {
        id: uuid(),
        run_id: runs.sixth,
        ...of,
        type: read,
        mode: 'snapshot',
        visibility: Buffer.alloc(64),
      };
      await insert('stream_run', { ...pass, status, opened_at: at(12), closed_at: at(12) });
    }
    const version = { ...of, type: 'okta.user', hash: sha(''), material: '{}', salt: Buffer.alloc(16) };
    const key = { key: '["ada"]', key_sha: sha('ada'), valid_from: at(12), from_run_id: runs.sixth };
    await insert('evidence', { id: uuid(), ...version, ...key });
    const jira = { id: uuid(), connector: 'jira', status: 'active', created_at: at(12) };
    await insert('integration', { ...jira, name: 'plain', settings: '{}' });
    await insert('integration', { ...jira, id: uuid(), name: 'kept', settings: '{"issues":{"change":"type = Task"}}' });

    const { controls } = await report('2026-03-12', '2026-03-13');
    const joinedOf = (id: string) => controls.find((one: { id: string }) => one.id === id).joined;
    const person = joinedOf('leavers-without-accounts');
    expect(person).toMatchObject({ relation: 'person', connector: 'okta', mapEntries: 1 });
    expect(person.sources.map((one: { type: string }) => one.type)).toEqual(person.evidence);
    expect(person.sources).toMatchObject([
      {
        integration: { name: 'okta', account: 'acme.okta' },
        type: 'okta.user',
        resources: 1,
        slices: [{ complete: 1 }],
      },
      { type: 'okta.app', resources: 0, runs: 0, slices: [] },
      { type: 'okta.app_user', runs: 1, slices: [{ complete: 0, partial: 1, firstCompleteAt: null }] },
    ]);
    const told = ({ sources }: { sources: { integration: { name: string } }[] }) =>
      sources.map(({ integration: { name } }) => name);
    expect(told(joinedOf('changes-reviewed-and-planned'))).toEqual(['kept']); // only issues for changes tell it
    expect(told(joinedOf('overdue-alerts-ticketed'))).toEqual(['kept', 'plain']);
    expect(joinedOf(control)).toBeNull();
  });

  it('is all unknown for a period in which nothing was there', async () => {
    const made = await report('2026-01-01', '2026-01-31');
    expect(made.scores).toEqual([]);
    for (const { intervals, populations } of made.controls) {
      expect(intervals).toMatchObject([
        {
          status: 'unknown',
          reason: 'Not judged yet.',
          from: '2026-01-01T00:00:00.000Z',
          to: '2026-02-01T00:00:00.000Z',
        },
      ]);
      expect(populations).toEqual([]);
    }
  });

  it.each([
    [['--from', 'spring'], 'no time'],
    [['--from', '2026-03-10', '--to', '2026-03-01'], 'The period is empty'],
    [['--from', '2999-01-01'], 'lies in the future'],
    [[], '--from'],
    [['--framework', 'hipaa', '--from', '2026-03-01'], 'soc2, iso27001:2022, iso27001:2013'],
    [['--from', '2026-03-01', '--limit', '0'], 'whole number'],
  ])('refuses %j as wrong usage', async (args, message) => {
    const ran = await fleet('--framework', 'soc2', ...args);
    expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
  });

  it('reads as Markdown, and what a provider wrote is no markup', async () => {
    const output = join(folder, 'march.md');
    const args = ['--framework', 'soc2', '--from', '2026-03-01', '--to', '2026-03-10', '--output', output];
    const ran = await runFleet(['report', ...args], { env });
    expect(ran).toMatchObject({ code: 0, stdout: '', stderr: `The report is in ${output}.\n` });
    const text = await readFile(output, 'utf8');
    expect(text).toMatch(/^# SOC 2: Acme \\\| Inc\.\n/);
    expect(text).toContain(
      '| 2026-03-02 00:01:00Z | 2026-03-03 00:01:00Z | fail | 1 failing. ada: Has no second factor. |',
    );
    expect(text).toContain(
      `| ada | 2026-03-02 00:01:00Z | 2026-03-03 00:01:00Z | Has no second factor. | ${ids.before} |`,
    );
    expect(text).toMatch(
      /### Joined for whose each account is\n\n.*`okta.user`.*\n\n.*: 1 entry .*\n\nThere was no okta integration/,
    );
    expect(text).toContain('| soc2:CC6.1 | ');
    expect((await fleet(...args)).stderr).toContain('EEXIST');
  });

  it('lists up to a limit and says how to see the rest; all of 80 MB of findings in a heap of 64', async () => {
    await client.query(
      `INSERT INTO finding (organization_id, id, control_id, integration_id, type, resource_sha, resource, status, reason, valid_from, from_run_id,
         valid_to, to_run_id)
       SELECT $1, uuidv7(), $2, $3, $4, sha256(n::text::bytea), 'user-' || n, 'fail', repeat('Has no second factor. ', 360), $5, $6,
         CASE WHEN n % 2 = 0 THEN $7::timestamptz END, CASE WHEN n % 2 = 0 THEN $6::uuid END
       FROM generate_series(1, 10000) AS n`,
      [organizationId, control, integrationId, 'github.org_member', at(20), runs.sixth, at(21)],
    );
    const period = ['--framework', 'soc2', '--from', '2026-03-20', '--to', '2026-03-31'];
    const short = await runFleet(['report', ...period], { env });
    expect(short.stdout).toContain('Failing resources: 10000, in 10000 findings');
    expect(short.stdout).toMatch(
      /And 9900 more; all of it: `fleet report --framework soc2 .* --limit 10000 --format json/,
    );
    const output = join(folder, 'all.json');
    // Without a small young generation, as the fleet's processes have it, V8 would collect everything each time.
    const small = { ...env, NODE_OPTIONS: '--max-old-space-size=64 --max-semi-space-size=4' };
    const args = ['report', ...period, '--limit', '10000', '--format', 'json', '--output', output];
    expect(await runFleet(args, { env: small })).toMatchObject({ code: 0 });
    const made = JSON.parse(await readFile(output, 'utf8'));
    const members = controlOf(made).populations.find((one: { type: string }) => one.type === type);
    const { list } = members.failing;
    expect(new Set(list.map(({ resource }: { resource: string }) => resource)).size).toBe(10_000);
    expect(list.filter(({ to }: { to: string | null }) => to === null)).toHaveLength(5_000);
  }, 180_000); // what is held against its promise is the memory
});
