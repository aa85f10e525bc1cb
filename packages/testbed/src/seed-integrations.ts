import { uuid } from '@evidence-fleet/db';
import pg from 'pg';

export interface SeededOrganization {
  /** How many integrations it has. */
  readonly integrations: number;
  /** Their syncs have been due for this long; negative: not due yet. Milliseconds. */
  readonly dueForMs: number;
  /** The same for their health checks; without it none is planned. */
  readonly healthDueForMs?: number;
}

/**
 * Inserts organizations with many hourly integrations that have no credential, in two statements each: for tests of the scheduler.
 * @param superuserUrl the policies would let no other role write for several organizations at once
 * @returns the organizations' ids, in order
 */
export async function seedIntegrations(
  superuserUrl: string,
  organizations: readonly SeededOrganization[],
): Promise<string[]> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const ids: string[] = [];
    for (const { integrations, dueForMs, healthDueForMs = null } of organizations) {
      const id = uuid();
      ids.push(id);
      await client.query(`INSERT INTO organization (id, slug, name) VALUES ($1::uuid, $1::text, $1::text)`, [id]);
      await client.query(
        `INSERT INTO integration (organization_id, id, connector, name, settings, status, interval_minutes, next_sync_at, next_health_at)
         SELECT $1, gen_random_uuid(), 'test', 'integration ' || number, '{}', 'active', 60,
           now() - $3 * interval '1 millisecond', now() - $4 * interval '1 millisecond'
         FROM generate_series(1, $2) AS number`,
        [id, integrations, dueForMs, healthDueForMs],
      );
    }
    return ids;
  } finally {
    await client.end();
  }
}
