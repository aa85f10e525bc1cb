import type pg from 'pg';

/** Integrations of one organization. */
const each = 100;

const notDueFor = "interval '1 day'";

/** So long that none is due twice. */
const intervalMinutes = 1_000_000_000;

/**
 * Organizations of a hundred integrations each, every one of which was synced once and is not due before tomorrow; no health check is
 * planned. Foreign keys are not checked meanwhile, and every index but the keys is built at the end.
 */
export async function seedSchedule(superuser: pg.Client, integrations: number): Promise<void> {
  await superuser.query('SET session_replication_role = replica');
  await withoutIndexes(superuser, async () => {
    await superuser.query(
      `INSERT INTO organization (id, slug, name) SELECT id, id, id FROM (
         SELECT gen_random_uuid() AS id FROM generate_series(1, $1)) AS made`,
      [Math.ceil(integrations / each)],
    );
    await superuser.query(
      `INSERT INTO integration (organization_id, id, connector, name, settings, status, interval_minutes, next_sync_at)
       SELECT organization.id, uuidv7(), 'bench', 'integration ' || number, '{}', 'active', ${intervalMinutes}, now() + ${notDueFor}
       FROM (SELECT id FROM organization ORDER BY id) AS organization, generate_series(1, $1) AS number`,
      [Math.min(integrations, each)],
    );
    await superuser.query(
      `INSERT INTO sync_run (organization_id, id, integration_id, trigger, state, available_at, finished_at, ring)
       SELECT organization_id, uuidv7(), id, 'schedule', 'succeeded', now(), now(), 1 FROM integration`,
    );
  });
  await superuser.query('SET session_replication_role = DEFAULT');
  await superuser.query('VACUUM (ANALYZE) organization, integration, sync_run');
}

/** Makes every integration due in one rewrite of the table, which leaves nothing behind that a vacuum would have to clear. */
export async function makeDue(superuser: pg.Client): Promise<void> {
  await superuser.query(
    `ALTER TABLE integration ALTER COLUMN next_sync_at TYPE timestamptz(3) USING next_sync_at - ${notDueFor}`,
  );
  await superuser.query('VACUUM (ANALYZE) integration');
}

async function withoutIndexes(superuser: pg.Client, load: () => Promise<void>): Promise<void> {
  const { rows } = await superuser.query<{ name: string; definition: string }>(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
     WHERE tablename IN ('integration', 'sync_run') AND indexname NOT LIKE '%_pkey'`,
  );
  for (const { name } of rows) await superuser.query(`DROP INDEX "${name}"`);
  await load();
  for (const { definition } of rows) await superuser.query(definition);
}
