import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import pg from 'pg';
import {
  type Claim,
  createDatabase,
  createLedger,
  type Database,
  type StoredStanding,
  storeVerdicts,
} from '../index.ts';
import { startRun } from './testing/start-run.ts';

const control = {
  ...{ controlId: 'a-control', freshnessHours: 26 },
  tests: [{ evidence: 'test.thing', connector: 'test', quantifier: 'every' }],
} as const;

let server: TestDatabase;
let database: Database;
let superuser: pg.Client;
let claim: Claim & { integrationId: string };

beforeAll(async () => {
  server = await startDatabase();
  database = createDatabase({ url: server.app });
  superuser = await connect();
});
afterAll(async () => {
  await superuser?.end();
  await database?.close();
  await server?.close();
});
beforeEach(async () => {
  claim = await startRun(database, superuser, await createTestOrganization(database));
});

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.superuser });
  await client.connect();
  return client;
}

/** What verdicts are made of, by the sums that are kept. */
async function standing(): Promise<StoredStanding> {
  let found: StoredStanding | undefined;
  await storeVerdicts(database, {
    ...{ ...claim, controls: [control], judged: [] },
    decide(_, stands) {
      found = stands;
      return { status: 'unknown', freshUntil: stands.now, why: {} };
    },
  });
  if (found === undefined) throw new Error('nobody is concerned');
  return found;
}

/** The same by every row. */
async function counted() {
  const { rows } = await superuser.query(
    `SELECT jsonb_build_object('pass', coalesce(sum(pass), 0), 'fail', coalesce(sum(fail), 0), 'unknown', coalesce(sum(unknown), 0),
        'not_applicable', coalesce(sum(not_applicable), 0)) AS counts, coalesce(sum(open_gaps), 0)::int AS "openGaps",
      bool_and(coalesce(is_complete, false)) AS "isComplete", CASE WHEN bool_and(proven_at IS NOT NULL) THEN min(proven_at) END AS "provenAt",
      max(failure_proven_at) FILTER (WHERE fail > 0) AS "failureProvenAt"
     FROM integration i LEFT JOIN judged_population p ON p.organization_id = i.organization_id AND p.integration_id = i.id
     WHERE i.organization_id = $1 AND removed_at IS NULL AND status <> 'disabled' AND (status <> 'pending' OR i.id IN (SELECT integration_id FROM stream_run))`,
    [claim.organizationId],
  );
  return rows[0];
}

async function add(count: number, status = 'active'): Promise<string[]> {
  const { rows } = await superuser.query<{ id: string }>(
    `INSERT INTO integration (organization_id, id, connector, name, settings, status)
     SELECT $1, gen_random_uuid(), 'test', gen_random_uuid(), '{}', $3::integration_status FROM generate_series(1, $2) RETURNING id`,
    [claim.organizationId, count, status],
  );
  return rows.map(({ id }) => id);
}

/** Populations as judgements leave them; what is said of one changes with `turn`. */
function judge(ids: readonly string[], turn: number): Promise<unknown> {
  return superuser.query(
    `INSERT INTO judged_population (organization_id, control_id, integration_id, type, pass, fail, unknown, open_gaps, is_complete, proven_at, failure_proven_at)
     SELECT $1, $2, id, 'test.thing', n % 5, n % 7 / 6, n % 11 / 10, n % 13 / 12, n % 17 > 0, CASE WHEN n % 19 > 0 THEN now() - n * interval '1 min' END,
       now() - n * interval '1 min' FROM unnest($3::uuid[]) WITH ORDINALITY AS told (id, at), LATERAL (SELECT at + $4 AS n) AS numbered
     ON CONFLICT (organization_id, control_id, integration_id, type) DO UPDATE SET pass = excluded.pass, fail = excluded.fail, unknown = excluded.unknown,
       open_gaps = excluded.open_gaps, is_complete = excluded.is_complete, proven_at = excluded.proven_at, failure_proven_at = excluded.failure_proven_at`,
    [claim.organizationId, control.controlId, ids, turn],
  );
}

function set(ids: readonly string[], to: string): Promise<unknown> {
  return superuser.query(`UPDATE integration SET ${to} WHERE organization_id = $1 AND id = ANY($2)`, [
    claim.organizationId,
    ids,
  ]);
}

async function expectSumsToHold(): Promise<void> {
  expect(await standing()).toMatchObject(await counted());
}

it('comes to what every row says, whatever comes, goes, changes or is judged between two verdicts', async () => {
  const ids = [claim.integrationId, ...(await add(150))];
  await expectSumsToHold(); // nothing was judged yet
  await judge(ids, 0);
  await expectSumsToHold();
  for (let turn = 1; turn <= 8; turn += 1) {
    await judge(ids.slice(turn, 2 * turn), turn);
    await expectSumsToHold();
    await set(ids.slice(9 * turn, 9 * turn + 3), `status = 'disabled'`);
    await expectSumsToHold();
    await set(ids.slice(9 * turn, 9 * turn + 1), `status = 'active'`);
    await set(ids.slice(10 * turn, 10 * turn + 2), `status = 'disabled', removed_at = now()`);
    await expectSumsToHold();
    ids.push(...(await add(2)), ...(await add(1, 'pending')));
    await expectSumsToHold();
  }
  await judge(ids, 20);
  await expectSumsToHold();
});

it('counts one that is pending from its first pass on, though it was never judged', async () => {
  await judge([claim.integrationId], 1);
  expect(await standing()).toMatchObject({ isComplete: true });
  const [pending] = await add(1, 'pending');
  expect(await standing()).toMatchObject({ isComplete: true });
  const run = await startRun(database, superuser, {
    organizationId: claim.organizationId,
    integrationId: pending ?? '',
  });
  const ledger = createLedger(database, { ...run, visibility: Buffer.alloc(64) });
  await ledger.open({ type: 'test.thing', mode: 'snapshot', typeVersion: 1, slice: '' });
  expect(await standing()).toMatchObject({ isComplete: false, provenAt: null, unread: [{ type: 'test.thing' }] });
});

it('sees a change that is committed while it sums up the next time, and not before', async () => {
  const ids = [claim.integrationId, ...(await add(5))];
  await judge(ids, 1);
  await expectSumsToHold();
  const other = await connect();
  await other.query('BEGIN');
  await other.query(`UPDATE integration SET status = 'disabled' WHERE id = $1`, [ids[3]]);
  await expectSumsToHold();
  await other.query('COMMIT');
  await other.end();
  await expectSumsToHold();
});

it('sums up again the parts in which something has changed, and no others', async () => {
  const ids = await add(200);
  await judge([claim.integrationId, ...ids], 1);
  await standing();
  const written = async () => {
    const { rows } = await superuser.query<{ part: number; xmin: string }>(
      'SELECT part, xmin FROM judged_part WHERE organization_id = $1',
      [claim.organizationId],
    );
    return new Map(rows.map(({ part, xmin }) => [part, xmin]));
  };
  const before = await written();
  expect(before.size).toBeGreaterThan(100);
  const one = ids.slice(7, 8);
  await judge(one, 3);
  await set(one, `name = 'renamed'`);
  await expectSumsToHold();
  const after = await written();
  const { rows } = await superuser.query('SELECT part FROM integration WHERE id = $1', [one[0]]);
  expect([...after].filter(([part, xmin]) => before.get(part) !== xmin).map(([part]) => part)).toEqual([rows[0]?.part]);
});
