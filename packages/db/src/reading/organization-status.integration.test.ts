import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createDatabase, readOrganizationStatus } from '../index.ts';

describe('the status of an organization', () => {
  let server: TestDatabase;
  let superuser: pg.Client;
  let organizationId: string;

  beforeAll(async () => {
    server = await startDatabase();
    superuser = new pg.Client({ connectionString: server.superuser });
    await superuser.connect();
    const database = createDatabase({ url: server.app });
    let integrationId: string;
    ({ organizationId, integrationId } = await createTestOrganization(database));
    await database.close();
    const ours = [organizationId, integrationId];
    await superuser.query(
      `INSERT INTO integration (organization_id, id, connector, name, settings, status, next_sync_at, quota_scope)
       SELECT $1, gen_random_uuid(), 'test', 'n' || n, '{}', 'active', now() + interval '1 hour', 's' || n FROM generate_series(1, 5000) n`,
      [organizationId],
    );
    await superuser.query(
      `INSERT INTO sync_run (organization_id, id, integration_id, trigger, state, requested_at, finished_at)
       SELECT $1, gen_random_uuid(), $2, 'schedule', 'succeeded', at, at
       FROM generate_series(1, 20000) n, LATERAL (SELECT now() - interval '2 hours' - n * interval '1 minute' AS at) t`,
      ours,
    );
    await superuser.query(
      `INSERT INTO gap (organization_id, id, integration_id, type, slice, scope, reason, detail, opened_run_id, stream_run_id, closed_at)
       SELECT $1, gen_random_uuid(), $2, 'test.thing', '', 's' || n, 'permission_denied', 'd', $2, $2,
         CASE WHEN n > 3 THEN now() END FROM generate_series(1, 20000) n`,
      ours,
    );
    await superuser.query(
      `INSERT INTO sync_run (organization_id, id, integration_id, trigger, state, finished_at)
       SELECT $1, gen_random_uuid(), id, 'schedule', 'partial', now() FROM integration WHERE organization_id = $1 ORDER BY id LIMIT 300`,
      [organizationId],
    );
    await superuser.query(`UPDATE integration SET status = 'error' WHERE name IN ('n7', 'n8')`);
    await superuser.query('VACUUM ANALYZE');
  });
  afterAll(async () => {
    await superuser?.end();
    await server?.close();
  });

  /** Rows that were read of these tables since the server started, by whatever plan. Other sessions tell it when they end. */
  async function rowsRead(): Promise<number> {
    await superuser.query('SELECT pg_stat_force_next_flush()');
    await superuser.query('SELECT pg_stat_clear_snapshot()');
    const { rows } = await superuser.query(
      `SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int AS read FROM pg_stat_user_tables
       WHERE relname IN ('sync_run', 'gap', 'integration')`,
    );
    return rows[0].read;
  }

  it('reads what goes on and nothing of the history behind it', async () => {
    const before = await rowsRead();
    const database = createDatabase({ url: server.app });
    const status = await readOrganizationStatus(database, organizationId);
    await database.close();
    expect(status).toMatchObject({
      due: 0,
      unfinished: { queued: 0, running: 0, waiting: 0 },
      lastHour: { succeeded: 0, partial: 300, failed: 0, cancelled: 0 },
      gaps: [{ reason: 'permission_denied', open: 3 }],
    });
    expect(status.quotaScopes).toHaveLength(50);
    expect(status.failing.map(({ name }) => name)).toEqual(['n7', 'n8']);
    expect((await rowsRead()) - before).toBeLessThan(1_500);
  });
});
