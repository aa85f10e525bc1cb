import { createHash, randomBytes } from 'node:crypto';
import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { claimRun, createDatabase, createLedger, type Database, findOrganization, requestSync, uuid } from './index.ts';

const sha = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest();

describe('tenancy, as Postgres enforces it', () => {
  let server: TestDatabase;
  let database: Database;
  let superuser: pg.Client;
  let tables: string[];
  const organizations: { organizationId: string; integrationId: string }[] = [];

  beforeAll(async () => {
    server = await startDatabase();
    database = createDatabase({ url: server.app });
    superuser = new pg.Client({ connectionString: server.superuser });
    await superuser.connect();
    const { rows } = await superuser.query<{ table_name: string }>(
      `SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'organization_id'
         AND table_name IN (SELECT tablename FROM pg_tables WHERE schemaname = 'public') ORDER BY 1`,
    );
    tables = rows.map((row) => row.table_name);
    for (const _ of [1, 2]) organizations.push(await fill());
  });
  afterAll(async () => {
    await superuser.end();
    await database.close();
    await server.close();
  });

  /** An organization with a row in every table. */
  async function fill() {
    const target = await createTestOrganization(database);
    const { organizationId, integrationId } = target;
    const { runId } = await requestSync(database, { organizationId, integrationId, types: [] });
    const run = await claimRun(database, { organizationId, runId, worker: 'test' });
    if (run === null) throw new Error('not claimed');
    const ledger = createLedger(database, { ...run, visibility: Buffer.alloc(64) });
    const { id } = await ledger.open({ type: 'test.thing', mode: 'snapshot', typeVersion: 1, slice: '' });
    const rows = [{ key: ['a'], keySha: sha(['a']), hash: sha('a'), material: '{"id":"a"}', observed: '{}' }];
    const gaps = [{ scope: 'thing:b', reason: 'permission_denied', detail: 'no', keySha: null }];
    await ledger.commit(id, { rows, gaps, checkpoint: null, watermark: null, expected: null, calls: [] });
    const common = [organizationId, uuid(), integrationId, runId];
    const insert = (sql: string, values: unknown[]) => superuser.query(sql, values);
    await insert(
      `INSERT INTO finding (organization_id, id, integration_id, from_run_id, control_id, type, resource_sha, resource, status, reason, valid_from)
       VALUES ($1, $2, $3, $4, 'c', 't', $5, 'r', 'pass', '', now())`,
      [...common, randomBytes(32)],
    );
    await insert(
      `INSERT INTO verdict (organization_id, id, from_run_id, control_id, status, why, fresh_until, valid_from) VALUES ($1, $2, $3, 'c', 'pass', '{}', now(), now())`,
      [organizationId, uuid(), runId],
    );
    await insert(
      `INSERT INTO judgement (organization_id, control_id, integration_id, type, question) VALUES ($1, 'c', $2, 't', '{}')`,
      [organizationId, integrationId],
    );
    await insert(
      `INSERT INTO judged_population (organization_id, control_id, integration_id, type) VALUES ($1, 'c', $2, 't')`,
      [organizationId, integrationId],
    );
    await insert(
      `INSERT INTO judged_part (organization_id, control_id, type, connector, part, changes, integrations, complete, pass, fail, unknown, not_applicable, open_gaps)
       VALUES ($1, 'c', 't', 'test', 0, 1, 0, 0, 0, 0, 0, 0, 0)`,
      [organizationId],
    );
    await insert(
      `INSERT INTO framework_score (organization_id, id, from_run_id, framework, pass, fail, unknown, not_applicable, valid_from)
       VALUES ($1, $2, $3, 'f', 1, 0, 0, 0, now())`,
      [organizationId, uuid(), runId],
    );
    await insert(
      `INSERT INTO health_check (organization_id, id, integration_id, status) VALUES ($1, $2, $3, 'ok')`,
      common.slice(0, 3),
    );
    await insert(
      `INSERT INTO notification (organization_id, id, kind, message) VALUES ($1, $2, 'k', 'm')`,
      common.slice(0, 2),
    );
    const channelId = uuid();
    await insert(
      `INSERT INTO notification_channel (organization_id, id, name, kind, target) VALUES ($1, $2, 'c', 'mail', 'a@b')`,
      [organizationId, channelId],
    );
    await insert(
      `INSERT INTO notification_delivery (organization_id, notification_id, channel_id) VALUES ($1, $2, $3)`,
      [...common.slice(0, 2), channelId],
    );
    await insert(
      `INSERT INTO person_account (organization_id, connector, account, person) VALUES ($1, 'github', 'octocat', 'ada')`,
      [organizationId],
    );
    await insert(
      `INSERT INTO service_token (organization_id, id, name, token_sha, created_by, expires_at) VALUES ($1, $2, 't', $3, 'ada', now())`,
      [organizationId, uuid(), randomBytes(32)],
    );
    await insert(
      `INSERT INTO sync_request (organization_id, token_id, integration_id, run_id, key, how) VALUES ($1, $2, $3, $4, 'k', 'created')`,
      common,
    );
    return target;
  }

  async function as<T>(organizationId: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: server.app });
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query("SELECT set_config('app.organization_id', $1, true)", [organizationId]);
      return await work(client);
    } finally {
      await client.query('ROLLBACK');
      await client.end();
    }
  }

  it('runs as a role that is neither superuser nor exempt from row security, and owns nothing', async () => {
    const { rows } = await superuser.query(
      `SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS owned
       FROM pg_roles r WHERE rolname IN ('fleet_app', 'fleet_scheduler', 'fleet_keys') ORDER BY 1`,
    );
    expect(rows).toHaveLength(3);
    for (const role of rows) {
      expect(role).toMatchObject({
        rolsuper: false,
        rolbypassrls: false,
        rolcreaterole: false,
        rolcreatedb: false,
        owned: 0,
      });
    }
  });

  it('forces row security on every tenant table', async () => {
    expect(tables.length).toBeGreaterThanOrEqual(15);
    const { rows } = await superuser.query(
      'SELECT relname FROM pg_class WHERE relname = ANY($1) AND NOT (relrowsecurity AND relforcerowsecurity)',
      [[...tables, 'organization']],
    );
    expect(rows).toEqual([]);
  });

  it('shows own rows and no other, in every table', async () => {
    const [mine, other] = organizations;
    for (const table of tables) {
      const counts = await as(mine?.organizationId ?? '', async (client) => {
        const { rows } = await client.query(
          `SELECT count(*) FILTER (WHERE organization_id = $1)::int AS own, count(*) FILTER (WHERE organization_id = $2)::int AS other FROM "${table}"`,
          [mine?.organizationId, other?.organizationId],
        );
        return rows[0];
      });
      expect({ table, ...counts, own: counts.own > 0 }).toEqual({ table, own: true, other: 0 });
      const there = await superuser.query(`SELECT count(*)::int AS rows FROM "${table}" WHERE organization_id = $1`, [
        other?.organizationId,
      ]);
      expect({ table, there: there.rows[0].rows > 0 }).toEqual({ table, there: true });
    }
  });

  it('refuses to insert into or update the other organization', async () => {
    const [mine, other] = organizations;
    for (const table of tables) {
      await expect(
        as(mine?.organizationId ?? '', async (client) => {
          const { rows } = await client.query(
            `SELECT column_name FROM information_schema.columns WHERE table_name = $1`,
            [table],
          );
          const columns = rows.map(({ column_name }) => `"${column_name}"`).join(', ');
          const values = columns.replace('"organization_id"', '$1::uuid');
          return client.query(`INSERT INTO "${table}" (${columns}) SELECT ${values} FROM "${table}" LIMIT 1`, [
            other?.organizationId,
          ]);
        }),
      ).rejects.toThrow(/row-level security/);
      const updated = await as(mine?.organizationId ?? '', (client) =>
        client
          .query(`UPDATE "${table}" SET organization_id = organization_id WHERE organization_id = $1`, [
            other?.organizationId,
          ])
          .then(
            ({ rowCount }) => rowCount,
            (error: Error) => error.message,
          ),
      );
      expect([0, `permission denied for table ${table}`]).toContain(updated);
    }
  });

  it('shows nothing when no organization is set, and finds one by its exact slug only', async () => {
    expect(await database.prisma.evidence.count()).toBe(0);
    expect(await database.prisma.organization.count()).toBe(0);
    const id = organizations[0]?.organizationId ?? '';
    expect(await findOrganization(database, `org-${id}`)).toMatchObject({ id });
    expect(await findOrganization(database, 'org-')).toBeNull();
  });

  it.each([
    'credential',
    'evidence',
    'evidence_head',
    'gap',
    'organization_key',
    'finding',
    'verdict',
    'audit_log',
    'service_token',
    'sync_request',
  ])('keeps the scheduler out of %s', async (table) => {
    const client = new pg.Client({ connectionString: server.scheduler });
    await client.connect();
    await expect(client.query(`SELECT 1 FROM "${table}" LIMIT 1`)).rejects.toThrow(/permission denied/);
    await client.end();
  });

  it('shows the scheduler no settings, no errors and no manifests', async () => {
    const client = new pg.Client({ connectionString: server.scheduler });
    await client.connect();
    for (const column of ['settings', 'account_id', 'endpoint', 'grants']) {
      await expect(client.query(`SELECT ${column} FROM integration`)).rejects.toThrow(/permission denied/);
    }
    for (const column of ['manifest', 'error_message']) {
      await expect(client.query(`SELECT ${column} FROM sync_run`)).rejects.toThrow(/permission denied/);
    }
    expect((await client.query('SELECT id FROM sync_run')).rowCount).toBe(2);
    await client.end();
  });

  it('lets the scheduler tell of dates, and of nothing else, and read no notification', async () => {
    const client = new pg.Client({ connectionString: server.scheduler });
    await client.connect();
    const tell = (kind: string, column = 'message') =>
      client.query(
        `INSERT INTO notification (organization_id, id, integration_id, kind, ${column}) VALUES ($1, gen_random_uuid(), gen_random_uuid(), $2, ${column === 'message' ? "''" : 'now()'})`,
        [organizations[0]?.organizationId, kind],
      );
    expect((await tell('integration.retention')).rowCount).toBe(1);
    for (const kind of ['integration.credential_old', 'integration.credential_expires'])
      expect((await tell(kind)).rowCount).toBe(1);
    await expect(tell('integration.degraded')).rejects.toThrow(/row-level security/);
    await expect(tell('integration.retention', 'acknowledged_at')).rejects.toThrow(/permission denied/);
    for (const attempt of [
      'SELECT 1 FROM notification',
      'SELECT message FROM notification',
      "UPDATE notification SET message = ''",
      'DELETE FROM notification',
      'UPDATE integration SET forgets_at = NULL',
      'UPDATE integration SET credential_expires_at = NULL',
      'UPDATE integration SET forgets_type = NULL',
    ])
      await expect(client.query(attempt)).rejects.toThrow(/permission denied/);
    await client.query('UPDATE integration SET retention_warns_at = NULL');
    for (const attempt of [
      'SELECT target FROM notification_channel',
      'SELECT sealed FROM notification_channel',
      'UPDATE notification_channel SET removed_at = now()',
      'SELECT 1 FROM notification_delivery',
      'UPDATE notification_delivery SET delivered_at = now()',
    ])
      await expect(client.query(attempt)).rejects.toThrow(/permission denied/);
    await client.end();
  });

  it('shows the keys role wrapped keys and nothing else', async () => {
    const client = new pg.Client({ connectionString: server.keys });
    await client.connect();
    expect((await client.query('SELECT organization_id, key_id, wrapped FROM organization_key')).rowCount).toBe(2);
    for (const table of tables.filter((name) => name !== 'organization_key')) {
      await expect(client.query(`SELECT 1 FROM "${table}" LIMIT 1`)).rejects.toThrow(/permission denied/);
    }
    await client.end();
  });
});
