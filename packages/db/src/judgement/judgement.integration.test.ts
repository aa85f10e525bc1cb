import { createHash } from 'node:crypto';
import { createTestOrganization, startDatabase, type TestDatabase, until } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import {
  type Claim,
  createDatabase,
  createLedger,
  type Database,
  type DecidedVerdict,
  type JudgedFinding,
  judgePopulations,
  type PopulationOptions,
  readJudgementInput,
  releaseRun,
  StaleFenceError,
  type StoredStanding,
  storeFindings,
  storeVerdicts,
} from '../index.ts';
import { startRun } from './testing/start-run.ts';

const sha = (text: string) => createHash('sha256').update(text).digest();
const type = 'test.thing';
const controlId = 'a-control';
const control = {
  ...{ controlId, freshnessHours: 26 },
  tests: [{ evidence: type, connector: 'test', quantifier: 'every' }],
} as const;

function finding(resource: string, status: JudgedFinding['status'] = 'pass', reason = ''): JudgedFinding {
  return { resourceSha: sha(resource), resource, status, reason };
}

async function* inOrder(findings: readonly JudgedFinding[]) {
  yield* findings.toSorted((one, other) => Buffer.compare(one.resourceSha, other.resourceSha));
}

let server: TestDatabase;
let database: Database;
let superuser: pg.Client;
let claim: Claim & { integrationId: string };

beforeAll(async () => {
  server = await startDatabase();
  database = createDatabase({ url: server.app });
  superuser = new pg.Client({ connectionString: server.superuser });
  await superuser.connect();
});
afterAll(async () => {
  await superuser?.end();
  await database?.close();
  await server?.close();
});
beforeEach(async () => {
  claim = await startRun(database, superuser, await createTestOrganization(database));
});

function unexpected(): never {
  throw new Error('nobody is concerned');
}

/** What the control's verdict is made of now. */
async function standing(): Promise<StoredStanding> {
  let found: StoredStanding | undefined;
  await storeVerdicts(database, {
    ...{ ...claim, controls: [control], judged: [] },
    decide(_, stands) {
      found = stands;
      return { status: 'unknown', freshUntil: stands.now, why: {} };
    },
  });
  return found ?? unexpected();
}

const store = (findings: readonly JudgedFinding[], over: Partial<Claim> = {}) =>
  storeFindings(database, { ...claim, ...over, controlId, type, findings: inOrder(findings) });

const intervals = async () =>
  (
    await superuser.query<{ resource: string; status: string; open: boolean }>(
      `SELECT resource, status, valid_to IS NULL AS open FROM finding WHERE organization_id = $1 ORDER BY resource, valid_from, status`,
      [claim.organizationId],
    )
  ).rows.map(({ resource, status, open }) => `${resource} ${status}${open ? '' : ' (ended)'}`);

const fingerprint = async (table: 'finding' | 'verdict') =>
  (
    await superuser.query(`SELECT count(*), max(xmin::text::bigint) FROM ${table} WHERE organization_id = $1`, [
      claim.organizationId,
    ])
  ).rows[0];

describe('findings', () => {
  it('leave the unchanged untouched, end and begin the changed, and end what vanished', async () => {
    expect(await store([finding('a'), finding('b', 'fail', 'bad'), finding('c')])).toEqual({ opened: 3, closed: 0 });
    expect(await store([finding('a'), finding('b'), finding('d', 'unknown', 'denied')])).toEqual({
      opened: 2,
      closed: 2,
    });
    expect(await intervals()).toEqual(['a pass', 'b fail (ended)', 'b pass', 'c pass (ended)', 'd unknown']);
    const before = await fingerprint('finding');
    expect(await store([finding('a'), finding('b'), finding('d', 'unknown', 'denied')])).toEqual({
      opened: 0,
      closed: 0,
    });
    expect(await fingerprint('finding')).toEqual(before);
    expect(await store([])).toEqual({ opened: 0, closed: 3 });
  });

  it('touch no other control, type, integration or organization', async () => {
    await store([finding('a')]);
    await storeFindings(database, { ...claim, controlId, type: 'test.other', findings: inOrder([finding('b')]) });
    await storeFindings(database, { ...claim, controlId: 'other', type, findings: inOrder([finding('c')]) });
    await store([finding('d')]);
    expect(await intervals()).toEqual(['a pass (ended)', 'b pass', 'c pass', 'd pass']);
    const other = await createTestOrganization(database);
    const seen = await database.withOrganization(other.organizationId, (transaction) => transaction.finding.count());
    expect(seen).toBe(0);
  });

  it('are refused when another worker has the run, and when they come out of order', async () => {
    await expect(store([finding('a')], { fence: claim.fence - 1n })).rejects.toThrow(StaleFenceError);
    async function* twice() {
      yield finding('a');
      yield finding('a');
    }
    await expect(storeFindings(database, { ...claim, controlId, type, findings: twice() })).rejects.toThrow('order');
    expect(await intervals()).toEqual([]);
  });

  it('are compared range by range, so that 20,000 need no more memory than 1,000', async () => {
    await superuser.query(
      `WITH version AS (
        INSERT INTO evidence (organization_id, id, integration_id, type, type_version, slice, key, key_sha, hash, material, salt, valid_from, from_run_id)
        SELECT $1, gen_random_uuid(), $2, $3, 1, '', jsonb_build_array(n), sha256(n::text::bytea), sha256(''), jsonb_build_object('n', n),
          decode(md5(''), 'hex'), now(), $4 FROM generate_series(1, 20000) AS n RETURNING *)
      INSERT INTO evidence_head (organization_id, integration_id, type, key_sha, slice, version_id, hash, observed)
      SELECT organization_id, integration_id, type, key_sha, slice, id, hash, '{}' FROM version`,
      [claim.organizationId, claim.integrationId, type, claim.runId],
    );
    let waiting = 0;
    let most = 0;
    async function* judged(changed: number): AsyncGenerator<JudgedFinding> {
      const { rows } = await readJudgementInput(database, { ...claim, type });
      for await (const { keySha, key, material } of rows) {
        most = Math.max(most, ++waiting);
        if (material.n !== key[0]) throw new Error('a head came with the material of another');
        yield {
          resourceSha: keySha,
          resource: String(key[0]),
          status: key[0] === changed ? 'fail' : 'pass',
          reason: '',
        };
        waiting = 0; // asked for the next one: nobody is waiting with this one
      }
    }
    const judge = (changed: number) =>
      storeFindings(database, { ...claim, controlId, type, findings: judged(changed) });
    expect(await judge(0)).toEqual({ opened: 20_000, closed: 0 });
    expect(await judge(0)).toEqual({ opened: 0, closed: 0 });
    expect(await judge(4711)).toEqual({ opened: 1, closed: 1 });
    expect(most).toBe(1);
    const { rows } = await superuser.query<{ total: string }>(
      `SELECT count(*) AS total FROM finding WHERE organization_id = $1 AND valid_to IS NULL`,
      [claim.organizationId],
    );
    expect(rows[0]?.total).toBe('20000');
  });
});

describe('a population', () => {
  const things = (sizes: Record<string, number | null>) =>
    Object.entries(sizes).map(([name, size]) => ({
      ...{ key: [name], keySha: sha(JSON.stringify([name])), hash: sha(`${name} ${size}`), observed: '{}' },
      material: JSON.stringify({ name, size, note: `of ${name}` }),
    }));

  /** A pass over the slice in the next run, which is then to be judged. */
  async function pass(sizes: Record<string, number | null>, slice = '') {
    await releaseRun(database, claim, { kind: 'end', state: 'succeeded', error: null }, null);
    claim = await startRun(database, superuser, claim);
    const ledger = createLedger(database, { ...claim, visibility: Buffer.alloc(64) });
    const { id } = await ledger.open({ type, mode: 'incremental', typeVersion: 1, slice });
    const none = { gaps: [], checkpoint: null, watermark: null, expected: null, calls: [] };
    await ledger.commit(id, { rows: things(sizes), ...none });
    await ledger.close(id, { status: 'complete', gone: [], unproven: [], error: null, expected: null, calls: [] });
  }

  const isLarge: PopulationOptions['answer'] = ({ fields }) =>
    Number(fields.size) > 9 ? { status: 'fail', reason: 'Too large.' } : { status: 'pass', reason: '' };

  async function judge(over: Partial<PopulationOptions> = {}) {
    const asked: unknown[] = [];
    const answer = over.answer ?? isLarge;
    const [judged] = await judgePopulations(database, [
      {
        ...{ ...claim, controlId, type, stale: () => [], doubts: { missing: 'missing', notRead: ' is not read' } },
        question: { reads: ['size'], name: ['thing ', { field: 'name' }] },
        ...over,
        answer(combination) {
          asked.push(combination.fields.size);
          return answer(combination);
        },
      },
    ]);
    if (judged === undefined) throw new Error('nothing was judged');
    await storeVerdicts(database, { ...claim, ...over, controls: [], judged: [judged], decide: () => unexpected() });
    return { ...judged, asked };
  }

  it('asks for one answer a combination, and looks again at what has a new version only', async () => {
    await pass({ a: 1, b: 10, c: 1, d: null });
    const first = await judge();
    expect(first).toMatchObject({ opened: 4, closed: 0, isWhole: true });
    expect(first.asked.toSorted()).toEqual([1, 10, null]);
    expect(await intervals()).toEqual(['thing a pass', 'thing b fail', 'thing c pass', 'thing d pass']);
    await superuser.query(`UPDATE finding SET reason = 'not looked at' WHERE resource = 'thing b'`);
    await pass({ c: 10 });
    expect(await judge()).toMatchObject({ opened: 1, closed: 1, isWhole: false });
    const { rows } = await superuser.query(
      `SELECT resource, reason FROM finding WHERE organization_id = $1 AND valid_to IS NULL AND status = 'fail' ORDER BY resource`,
      [claim.organizationId],
    );
    expect(rows).toEqual([
      { resource: 'thing b', reason: 'not looked at' },
      { resource: 'thing c', reason: 'Too large.' },
    ]);
  });

  it('is judged as a whole where the control answers otherwise, asks for other fields, or another slice is read', async () => {
    await pass({ a: 1, b: 10 });
    await judge();
    await pass({});
    expect(await judge({ answer: () => ({ status: 'pass', reason: '' }) })).toMatchObject({
      closed: 1,
      opened: 1,
      isWhole: true,
    });
    const question = { reads: ['size'], name: [{ field: 'name' }] };
    await pass({});
    expect(await judge({ question })).toMatchObject({ closed: 2, opened: 2, isWhole: true });
    await pass({});
    expect(await judge({ question })).toMatchObject({ closed: 0, opened: 0, isWhole: false });
    await pass({ c: 1 }, 'other');
    expect(await judge({ question })).toMatchObject({ closed: 2, opened: 3, isWhole: true });
    expect(await intervals()).toEqual(expect.arrayContaining(['a unknown', 'b unknown', 'c pass']));
  });

  it('is noted beside a whole judgement that another run begins, without a deadlock', async () => {
    await pass({ a: 1 });
    const { asked: _, ...judged } = await judge();
    await superuser.query('BEGIN');
    await superuser.query('SELECT FROM judgement WHERE organization_id = $1 FOR UPDATE', [claim.organizationId]);
    const noted = storeVerdicts(database, { ...claim, controls: [], judged: [judged], decide: () => unexpected() });
    await until('it waits for the other run', async () => {
      return (await superuser.query('SELECT FROM pg_locks WHERE NOT granted')).rowCount === 1;
    });
    const count = 'UPDATE judged_population SET pass = pass WHERE organization_id = $1';
    await superuser.query(count, [claim.organizationId]);
    await superuser.query('COMMIT');
    expect(await noted).toEqual({ changed: 0 });
  });

  it('is judged as a whole where a version cannot be found by its time, or the last judgement broke off', async () => {
    await pass({ a: 1 });
    await judge();
    await pass({ a: 10 });
    await superuser.query(
      `UPDATE evidence SET id = uuidv7(interval '-2 hours') WHERE organization_id = $1 AND from_run_id = $2`,
      [claim.organizationId, claim.runId],
    );
    await superuser.query(
      `UPDATE evidence_head h SET version_id = e.id FROM evidence e WHERE e.organization_id = $1 AND e.from_run_id = $2 AND h.key_sha = e.key_sha`,
      [claim.organizationId, claim.runId],
    );
    expect(await judge()).toMatchObject({ opened: 1, closed: 1, isWhole: true });
    await pass({ a: 10 }, 'other');
    await expect(judge({ signal: AbortSignal.abort(new Error('killed')) })).rejects.toThrow('killed');
    expect(await judge()).toMatchObject({ isWhole: true });
    await expect(judge({ fence: claim.fence - 1n })).rejects.toThrow(StaleFenceError);
  });

  it('keeps no answers where nearly every resource has its own, and is right all the same', async () => {
    const many = Object.fromEntries(Array.from({ length: 1_500 }, (_, size) => [`t${size}`, size]));
    await pass(many);
    expect(await judge()).toMatchObject({ opened: 1_500, isWhole: true });
    await pass({ t5: 12 });
    expect(await judge()).toMatchObject({ opened: 1, closed: 1, isWhole: true });
  });

  it('leaves behind what its verdict rests on', async () => {
    await pass({ a: 1, b: 1 });
    await judge();
    const clean = await standing();
    expect(clean).toMatchObject({ counts: { pass: 2, fail: 0 }, failureProvenAt: null, unread: [], examples: [] });
    await pass({ c: 10 }, 'other');
    await judge();
    const { counts, provenAt, failureProvenAt, unread, examples } = await standing();
    // The slice of a and b is not one of this run's: they are unknown, and nothing rests on it.
    expect(counts).toEqual({ pass: 0, fail: 1, unknown: 2, not_applicable: 0 });
    expect(failureProvenAt).toEqual(provenAt);
    expect(Number(provenAt)).toBeGreaterThan(Number(clean.provenAt));
    expect(unread).toEqual([]);
    expect(examples.map(({ resource }) => resource)).toEqual(['thing c', 'thing a', 'thing b']);
  });

  it('is summed up with those of other integrations, and doubted where one of them was never judged', async () => {
    await pass({ a: 1, b: 10 });
    await judge();
    const first = await standing();
    const of = claim;
    const other = await superuser.query<{ id: string }>(
      `INSERT INTO integration (organization_id, id, connector, name, settings, status)
       VALUES ($1, gen_random_uuid(), 'test', 'another', '{}', 'active') RETURNING id`,
      [claim.organizationId],
    );
    const doubted = await standing();
    expect(doubted).toMatchObject({
      isComplete: false,
      provenAt: null,
      failureProvenAt: first.failureProvenAt,
      unread: [{ type, slices: [] }],
    });
    claim = await startRun(database, superuser, { ...of, integrationId: other.rows[0]?.id ?? '' });
    await pass({ a: 10, c: 10 });
    await judge();
    const both = await standing();
    expect(both).toMatchObject({ counts: { pass: 1, fail: 3, unknown: 0 }, provenAt: first.provenAt, unread: [] });
    expect(Number(both.failureProvenAt)).toBeGreaterThan(Number(first.failureProvenAt));
    expect(both.examples).toHaveLength(3);
  });

  it('tells an absent field from one that is null, and calls by its key what has no name', async () => {
    await pass({ a: null, b: 1 });
    await superuser.query(
      `UPDATE evidence SET material = material - 'size' - 'name' WHERE organization_id = $1 AND key = '["b"]'`,
      [claim.organizationId],
    );
    const seen: unknown[] = [];
    const answer: PopulationOptions['answer'] = (combination) => {
      seen.push(combination);
      return { status: 'pass', reason: '' };
    };
    await judge({ answer });
    expect(seen).toEqual(
      expect.arrayContaining([
        { fields: { size: null }, nameTypes: { name: 'string' } },
        { fields: {}, nameTypes: { name: null } },
      ]),
    );
    expect(await intervals()).toEqual(['b pass', 'thing a pass']);
  });
});

describe('verdicts', () => {
  const hours = (count: number) => new Date(Math.floor(Date.now() + count * 3_600_000));
  const decide = (status: DecidedVerdict['status'], freshUntil: Date, why: object = {}) =>
    storeVerdicts(database, { ...claim, controls: [control], judged: [], decide: () => ({ status, freshUntil, why }) });
  const kept = async () =>
    (
      await superuser.query<{
        status: string;
        why: object;
        fresh_until: Date;
        valid_from: Date;
        valid_to: Date | null;
      }>(
        `SELECT status, why, fresh_until, valid_from, valid_to FROM verdict WHERE organization_id = $1 ORDER BY valid_from`,
        [claim.organizationId],
      )
    ).rows;
  const current = () =>
    database.withOrganization(
      claim.organizationId,
      (transaction) =>
        transaction.$queryRaw<{ status: string; why: object }[]>`SELECT status, why FROM current_verdict`,
    );
  /** As if the open verdict had been given ten hours ago and run out two hours ago. */
  const letRunOut = () =>
    superuser.query(
      `UPDATE verdict SET valid_from = now() - interval '10 hours', fresh_until = now() - interval '2 hours'
       WHERE organization_id = $1 AND valid_to IS NULL`,
      [claim.organizationId],
    );

  it('extend in place while the status stays, and change nothing when nothing changed', async () => {
    expect(await decide('pass', hours(1))).toEqual({ changed: 1 });
    const later = hours(2);
    expect(await decide('pass', later, { counts: 1 })).toEqual({ changed: 0 });
    expect(await kept()).toMatchObject([{ status: 'pass', fresh_until: later, why: { counts: 1 }, valid_to: null }]);
    const before = await fingerprint('verdict');
    await decide('pass', later, { counts: 1 });
    expect(await fingerprint('verdict')).toEqual(before);
  });

  it('end where another status begins', async () => {
    await decide('pass', hours(1));
    expect(await decide('fail', hours(1))).toEqual({ changed: 1 });
    const [first, second, ...others] = await kept();
    expect(others).toEqual([]);
    expect(second).toMatchObject({ status: 'fail', valid_from: first?.valid_to, valid_to: null });
  });

  it('read as unknown once they ran out, and keep that time as unknown when they are given anew', async () => {
    await decide('pass', hours(1), { counts: 1 });
    await letRunOut();
    expect(await current()).toEqual([{ status: 'unknown', why: { counts: 1, stale: true } }]);
    expect(await decide('pass', hours(26))).toEqual({ changed: 1 });
    const [first, stale, second, ...others] = await kept();
    expect(others).toEqual([]);
    expect(first).toMatchObject({ status: 'pass', valid_to: first?.fresh_until });
    expect(stale).toMatchObject({
      status: 'unknown',
      valid_from: first?.fresh_until,
      valid_to: second?.valid_from,
      why: { stale: true },
    });
    expect(second).toMatchObject({ status: 'pass', valid_to: null });
    expect(await current()).toMatchObject([{ status: 'pass' }]);
  });

  it('join what ran out with an unknown that follows', async () => {
    await decide('fail', hours(1));
    await letRunOut();
    await decide('unknown', hours(1));
    const [first, second, ...others] = await kept();
    expect(others).toEqual([]);
    expect(second).toMatchObject({ status: 'unknown', valid_from: first?.fresh_until, valid_to: null });
    await letRunOut();
    expect(await decide('unknown', hours(1))).toEqual({ changed: 0 });
    expect(await kept()).toHaveLength(2);
  });

  it('end where no integration is concerned any more', async () => {
    await decide('pass', hours(1));
    const ofOthers = { ...control, tests: [{ ...control.tests[0], connector: 'other' }] };
    await storeVerdicts(database, { ...claim, controls: [ofOthers], judged: [], decide: () => unexpected() });
    expect(await current()).toEqual([]);
  });

  it('are refused when another worker has the run', async () => {
    claim = { ...claim, fence: claim.fence + 1n };
    await expect(decide('pass', hours(1))).rejects.toThrow(StaleFenceError);
    expect(await kept()).toEqual([]);
  });

  it('rest on the integrations of the organization: removed and disabled ones are not assessed', async () => {
    const assessed = async () => (await standing()).unread.length;
    await superuser.query(
      `INSERT INTO integration (organization_id, id, connector, name, settings, status)
       SELECT $1, gen_random_uuid(), connector, status || connector, '{}', status::integration_status
       FROM unnest(ARRAY['test', 'test', 'test', 'other'], ARRAY['disabled', 'pending', 'paused', 'active']) AS t(connector, status)`,
      [claim.organizationId],
    );
    expect(await assessed()).toBe(2); // its own and the paused one
    await superuser.query(
      `UPDATE integration SET removed_at = now() WHERE organization_id = $1 AND status = 'paused'`,
      [claim.organizationId],
    );
    expect(await assessed()).toBe(1);
  });
});
