import { scoredControls } from '@evidence-fleet/controls';
import { createDatabase, type Database, readScores, StaleFenceError, scoreHistory } from '@evidence-fleet/db';
import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { judgeRun } from './judge-run.ts';
import { gap, type Of, type Pass, passesOf, prepared } from './testing/passes.ts';

const member = (login: string, twoFactor: boolean | null) =>
  prepared([1, login], { orgId: 1, userId: login.length, login, role: 'member', twoFactor });
const trail = (name: string, homeRegion: string, isLogging = true) =>
  prepared(['111122223333', name], {
    ...{ accountId: '111122223333', arn: name, name, homeRegion, isLogging, isMultiRegion: true },
    ...{ isOrganizationTrail: false, includesGlobalEvents: true, validatesLogFiles: true, s3BucketName: 'logs' },
    ...{ kmsKeyId: null, cloudWatchLogsGroupArn: null, managementEvents: 'all', recordsDataEvents: false },
    ...{ deliveryError: null, latestDeliveryAt: null },
  });

let server: TestDatabase;
let database: Database;
let superuser: Database;

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

/** One run over one evidence type: the passes through the ledger, then the judgement, as the worker does it. */
async function sync(of: Of, type: string, passes: Pass[]) {
  const { run, end } = await passesOf(database, of, type, passes);
  const judged = await judgeRun({ ...run, database, types: [type], signal: new AbortController().signal });
  await end();
  return { run, judged };
}

async function verdict({ organizationId }: Of, controlId: string) {
  const rows = await database.withOrganization(
    organizationId,
    (transaction) =>
      transaction.$queryRaw<{ status: string; why: { counts: object; unread: string[]; stale?: boolean } }[]>`
        SELECT status, why FROM current_verdict WHERE control_id = ${controlId}`,
  );
  return rows[0];
}

async function findings({ organizationId }: Of) {
  const open = await database.withOrganization(organizationId, (transaction) =>
    transaction.finding.findMany({ where: { validTo: null }, orderBy: { resource: 'asc' } }),
  );
  return Object.fromEntries(open.map(({ resource, status }) => [resource, status]));
}

describe('people at GitHub', () => {
  const type = 'github.org_member';
  const control = 'mfa-for-people';
  let acme: Of;
  beforeEach(async () => {
    acme = await createTestOrganization(database, 'github');
  });

  it('are judged one by one, and the verdict follows what changes', async () => {
    const first = await sync(acme, type, [{ rows: [member('ada', true), member('bob', false)] }]);
    expect(first.judged).toEqual({ controls: 1, changed: 1 });
    expect(await findings(acme)).toEqual({ ada: 'pass', bob: 'fail' });
    expect(await verdict(acme, control)).toMatchObject({ status: 'fail', why: { counts: { pass: 1, fail: 1 } } });
    await sync(acme, type, [{ rows: [member('ada', true), member('bob', true)] }]);
    expect(await verdict(acme, control)).toMatchObject({ status: 'pass', why: { counts: { pass: 2, fail: 0 } } });
  });

  it('never pass under a gap, though nothing of them changed', async () => {
    const rows = [member('ada', true), member('bob', true)];
    await sync(acme, type, [{ rows }]);
    expect((await verdict(acme, control))?.status).toBe('pass');
    await sync(acme, type, [{ rows: rows.slice(0, 1), gaps: [gap('user:bob', [1, 'bob'])] }]);
    expect(await findings(acme)).toEqual({ ada: 'pass', bob: 'unknown' });
    expect((await verdict(acme, control))?.status).toBe('unknown');
    await sync(acme, type, [{ rows }]);
    expect((await verdict(acme, control))?.status).toBe('pass');
  });

  it('are unknown while missing and end with their proof of absence', async () => {
    const rows = [member('ada', true), member('bob', true)];
    await sync(acme, type, [{ rows }]);
    await sync(acme, type, [{ rows: rows.slice(0, 1) }]);
    expect(await findings(acme)).toEqual({ ada: 'pass', bob: 'unknown' });
    await sync(acme, type, [{ rows: rows.slice(0, 1), gone: rows.slice(1) }]);
    expect(await findings(acme)).toEqual({ ada: 'pass' });
    expect((await verdict(acme, control))?.status).toBe('pass');
  });

  it('are judged again without a write where nothing changed', async () => {
    await sync(acme, type, [{ rows: [member('ada', true), member('eve', null)], gaps: [gap('two-factor:1')] }]);
    const written = () =>
      superuser.prisma.$queryRaw<{ findings: string[]; verdicts: string[] }[]>`
        SELECT (SELECT array_agg(xmin::text ORDER BY id) FROM finding WHERE organization_id = ${acme.organizationId}::uuid) AS findings,
          (SELECT array_agg(xmin::text || fresh_until ORDER BY id) FROM verdict WHERE organization_id = ${acme.organizationId}::uuid) AS verdicts`;
    const { judged, run } = await sync(acme, type, [{ rows: [member('ada', true)], gaps: [gap('two-factor:1')] }]);
    expect(judged).toEqual({ controls: 1, changed: 0 });
    await superuser.prisma.$executeRaw`
      UPDATE sync_run SET state = 'running', lease_until = now() + interval '1 hour' WHERE id = ${run.runId}::uuid`;
    const before = await written();
    const signal = new AbortController().signal;
    await judgeRun({ ...run, database, types: [type], signal });
    expect(await written()).toEqual(before);
    expect(before[0]?.findings).toHaveLength(3);
    await expect(judgeRun({ ...run, fence: run.fence - 1n, database, types: [type], signal })).rejects.toThrow(
      StaleFenceError,
    );
  });

  it('are unknown when nothing was read to its end, and not applicable when there is proof that there are none', async () => {
    await sync(acme, type, [{ status: 'failed', gaps: [gap('*')] }]);
    expect(await findings(acme)).toEqual({ '*': 'unknown', [type]: 'unknown' });
    expect((await verdict(acme, control))?.status).toBe('unknown');
    await sync(acme, type, [{}]);
    expect(await findings(acme)).toEqual({});
    expect((await verdict(acme, control))?.status).toBe('not_applicable');
  });

  it('count over all integrations, of which one was never read', async () => {
    await superuser.prisma.$executeRaw`
      INSERT INTO integration (organization_id, id, connector, name, settings, status) VALUES (${acme.organizationId}::uuid, gen_random_uuid(), 'aws', 'aws', '{}', 'active')`;
    await sync(acme, type, [{ rows: [member('ada', true)] }]);
    expect(await verdict(acme, control)).toMatchObject({ status: 'unknown', why: { unread: ['aws.iam_mfa_status'] } });
  });

  it('are unknown in SQL and in the next judgement once their reading is too old', async () => {
    await sync(acme, type, [{ slice: '1', rows: [member('ada', true)] }, { slice: '2' }]);
    await superuser.prisma.$executeRaw`
      UPDATE stream_run SET opened_at = opened_at - interval '30 hours' WHERE organization_id = ${acme.organizationId}::uuid`;
    await superuser.prisma.$executeRaw`
      UPDATE verdict SET fresh_until = now() - interval '4 hours', valid_from = now() - interval '30 hours' WHERE organization_id = ${acme.organizationId}::uuid`;
    expect(await verdict(acme, control)).toMatchObject({ status: 'unknown', why: { stale: true } });
    await sync(acme, type, [
      { slice: '1', rows: [member('ada', true)] },
      { slice: '2', status: 'failed', gaps: [gap('*')] },
    ]);
    expect(await findings(acme)).toEqual({ ada: 'pass', '*': 'unknown', [`${type} in 2`]: 'unknown' });
    expect(await verdict(acme, control)).toMatchObject({ status: 'unknown', why: { unread: [`${type} in 2`] } });
    await sync(acme, type, [{ slice: '1', rows: [member('ada', true)] }]);
    expect(await findings(acme)).toEqual({ ada: 'pass' }); // slice 2 is not listed any more
    expect((await verdict(acme, control))?.status).toBe('pass');
  });

  it('count for the score of every framework, kept once a run and only where it changed', async () => {
    const scores = async () =>
      (await readScores(database, { organizationId: acme.organizationId, scored: scoredControls })).map(
        ({ framework, pass, fail, unknown }) => `${framework} ${pass} ${fail} ${unknown}`,
      );
    await sync(acme, type, [{ rows: [member('ada', false)] }]);
    expect(await scores()).toEqual(['soc2 0 1 0', 'iso27001:2022 0 1 0', 'iso27001:2013 0 1 0']);
    await sync(acme, type, [{ rows: [member('ada', true)] }]);
    await sync(acme, type, [{ rows: [member('ada', true)] }]);
    expect(await scores()).toEqual(['soc2 1 0 0', 'iso27001:2022 1 0 0', 'iso27001:2013 1 0 0']);
    const of = { organizationId: acme.organizationId, scored: scoredControls, framework: 'soc2', limit: 10 };
    expect((await scoreHistory(database, of)).map(({ pass, fail }) => [pass, fail])).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it('belong to their organization alone', async () => {
    const other = await createTestOrganization(database, 'github');
    await sync(acme, type, [{ rows: [member('ada', false)] }]);
    await sync(other, type, [{ rows: [member('bob', true)] }]);
    expect(await findings(other)).toEqual({ bob: 'pass' });
    expect((await verdict(other, control))?.status).toBe('pass');
    expect((await verdict(acme, control))?.status).toBe('fail');
  });
});

describe('trails of an AWS account', () => {
  const type = 'aws.cloudtrail_trail';
  const control = 'trail-logging-all-regions';

  it('pass by one witness beside a region that is denied, and are unknown without it', async () => {
    const acme = await createTestOrganization(database, 'aws');
    const denied: Pass = { slice: 'us-east-1', status: 'failed', gaps: [gap('*')] };
    await sync(acme, type, [{ slice: 'eu-west-1', rows: [trail('main', 'eu-west-1')] }, denied]);
    expect(await findings(acme)).toEqual({ 'main in eu-west-1': 'pass' });
    expect((await verdict(acme, control))?.status).toBe('pass');
    await sync(acme, type, [{ slice: 'eu-west-1', rows: [trail('main', 'eu-west-1', false)] }, denied]);
    expect(await findings(acme)).toEqual({ Account: 'unknown' });
    expect((await verdict(acme, control))?.status).toBe('unknown');
    await sync(acme, type, [{ slice: 'eu-west-1', rows: [trail('main', 'eu-west-1', false)] }, { slice: 'us-east-1' }]);
    expect(await findings(acme)).toEqual({ Account: 'fail' });
    expect((await verdict(acme, control))?.status).toBe('fail');
  });
});
