import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import {
  type Claim,
  createDatabase,
  type Database,
  type DecidedVerdict,
  readScores,
  scoreHistory,
  storeScores,
  storeVerdicts,
} from '../index.ts';
import { startRun } from './testing/start-run.ts';

const scored = [
  { framework: 'alpha', controlId: 'one' },
  { framework: 'alpha', controlId: 'two' },
  { framework: 'beta', controlId: 'two' },
  { framework: 'beta', controlId: 'never-judged' },
];

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

const inHours = (count: number) => new Date(Math.floor(Date.now() + count * 3_600_000));
const of = (connector: string) => [{ evidence: 'test.thing', connector, quantifier: 'every' }] as const;

/** The end of a judged run: a verdict and the scores, in one transaction. null: it concerns nobody. */
const judge = (controlId: string, status: DecidedVerdict['status'] | null, freshUntil = inHours(1), by = claim) =>
  storeVerdicts(database, {
    ...{ ...by, judged: [] },
    controls: [{ controlId, freshnessHours: 26, tests: of(status === null ? 'other' : 'test') }],
    decide: () => ({ status: status ?? 'unknown', freshUntil, why: {} }),
    afterwards: (transaction) => storeScores(transaction, { ...by, scored }),
  });

const current = async () =>
  Object.fromEntries(
    (await readScores(database, { organizationId: claim.organizationId, scored })).map(
      ({ framework, pass, fail, unknown, notApplicable }) => [framework, [pass, fail, unknown, notApplicable]],
    ),
  );
const history = async (framework = 'alpha', limit = 100) =>
  (await scoreHistory(database, { organizationId: claim.organizationId, scored, framework, limit })).map(
    ({ pass, fail, unknown, notApplicable, from, to }) => ({ counts: [pass, fail, unknown, notApplicable], from, to }),
  );
const stored = async () =>
  (
    await superuser.query(`SELECT id, xmin, valid_to FROM framework_score WHERE organization_id = $1 ORDER BY id`, [
      claim.organizationId,
    ])
  ).rows;
/** Moves everything that was judged so far into the past. */
async function hoursPass(hours: number) {
  for (const [table, columns] of [
    ['verdict', ['valid_from', 'valid_to', 'fresh_until']],
    ['framework_score', ['valid_from', 'valid_to']],
  ] as const) {
    const set = columns.map((column) => `${column} = ${column} - $2 * interval '1 hour'`).join(', ');
    await superuser.query(`UPDATE ${table} SET ${set} WHERE organization_id = $1`, [claim.organizationId, hours]);
  }
}
const openVerdicts = async () =>
  (
    await superuser.query<{ control_id: string; fresh_until: Date; valid_from: Date }>(
      `SELECT control_id, fresh_until, valid_from FROM verdict WHERE organization_id = $1 AND valid_to IS NULL ORDER BY control_id`,
      [claim.organizationId],
    )
  ).rows;

describe('scores', () => {
  it('count what is judged, each control in every framework that it serves', async () => {
    expect(await current()).toEqual({ alpha: [0, 0, 0, 0], beta: [0, 0, 0, 0] });
    await judge('one', 'pass');
    expect(await current()).toEqual({ alpha: [1, 0, 0, 0], beta: [0, 0, 0, 0] });
    await judge('two', 'fail');
    expect(await current()).toEqual({ alpha: [1, 1, 0, 0], beta: [0, 1, 0, 0] });
    await judge('two', 'not_applicable');
    expect(await current()).toEqual({ alpha: [1, 0, 0, 1], beta: [0, 0, 0, 1] });
  });

  it('keep an interval for each change, and write nothing where the numbers stay', async () => {
    await judge('one', 'pass');
    await judge('two', 'fail');
    const before = await stored();
    await judge('two', 'fail', inHours(2));
    expect(await stored()).toEqual(before);
    await judge('two', 'pass');
    const changes = await history();
    expect(changes.map(({ counts }) => counts)).toEqual([
      [2, 0, 0, 0],
      [1, 1, 0, 0],
      [1, 0, 0, 0],
    ]);
    expect(changes.map(({ to }) => to)).toEqual([null, changes[0]?.from, changes[1]?.from]);
    expect(await history('alpha', 1)).toEqual(changes.slice(0, 1));
  });

  it('read as unknown from the moment a verdict went stale, before any run tells', async () => {
    await judge('one', 'pass', inHours(1));
    await judge('two', 'fail', inHours(5));
    await hoursPass(3);
    const before = await stored();
    expect(await current()).toEqual({ alpha: [0, 1, 1, 0], beta: [0, 1, 0, 0] });
    const [stale, judged] = await history();
    expect(stale).toEqual({ counts: [0, 1, 1, 0], from: (await openVerdicts())[0]?.fresh_until, to: null });
    expect(judged).toMatchObject({ counts: [1, 1, 0, 0], to: stale?.from });
    expect(await stored()).toEqual(before);
  });

  it('keep in their history when verdicts went stale, whatever the run that tells found', async () => {
    await judge('one', 'pass', inHours(1));
    await judge('two', 'pass', inHours(2));
    await hoursPass(4);
    const [one, two] = await openVerdicts();
    await judge('one', 'pass');
    const changes = await history();
    expect(changes.map(({ counts }) => counts)).toEqual([
      [1, 0, 1, 0], // one was judged again
      [0, 0, 2, 0], // two went stale
      [1, 0, 1, 0], // one went stale
      [2, 0, 0, 0],
      [1, 0, 0, 0],
    ]);
    expect(changes[1]?.from).toEqual(two?.fresh_until);
    expect(changes[2]?.from).toEqual(one?.fresh_until);
    expect((await stored()).filter(({ valid_to }) => valid_to === null)).toHaveLength(2); // one a framework
    expect((await history('beta')).map(({ counts }) => counts)).toEqual([
      [0, 0, 1, 0],
      [1, 0, 0, 0],
    ]);
  });

  it('date an unknown verdict that follows a stale one by the staleness', async () => {
    await judge('one', 'pass', inHours(1));
    await hoursPass(3);
    const [one] = await openVerdicts();
    await judge('one', 'unknown');
    expect(await history()).toMatchObject([
      { counts: [0, 0, 1, 0], from: one?.fresh_until, to: null },
      { counts: [1, 0, 0, 0], to: one?.fresh_until },
    ]);
  });

  it('leave out a control that concerns no integration any more', async () => {
    await judge('one', 'pass');
    await judge('two', 'pass');
    await judge('two', null);
    expect(await current()).toEqual({ alpha: [1, 0, 0, 0], beta: [0, 0, 0, 0] });
    expect((await history('beta'))[0]).toMatchObject({ counts: [0, 0, 0, 0], to: null });
  });

  it('are right when two runs end at once', async () => {
    const { rows } = await superuser.query<{ id: string }>(
      `INSERT INTO integration (organization_id, id, connector, name, settings, status)
       VALUES ($1, gen_random_uuid(), 'test', 'second', '{}', 'active') RETURNING id`,
      [claim.organizationId],
    );
    const second = await startRun(database, superuser, { ...claim, integrationId: rows[0]?.id ?? '' });
    await Promise.all([judge('one', 'pass'), judge('two', 'fail', inHours(1), second)]);
    expect((await history())[0]?.counts).toEqual([1, 1, 0, 0]);
    expect((await stored()).filter(({ valid_to }) => valid_to === null)).toHaveLength(2);
  });

  it('are refused with their verdict when another worker has the run', async () => {
    claim = { ...claim, fence: claim.fence + 1n };
    await expect(judge('one', 'pass')).rejects.toThrow('does not hold the run');
    expect(await stored()).toEqual([]);
  });
});
