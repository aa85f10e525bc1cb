import { type Database, Prisma } from '../database.ts';

/** Who opens a credential, in the statement that hands it over. */
export interface CredentialUse {
  readonly purpose: 'sync' | 'health';
  /** Names the worker. */
  readonly worker: string;
}

/**
 * Counts the opening of credentials, by day, version and purpose: a health check every five minutes would fill a log that held each by itself.
 * @param opened a table or common table expression with organization_id and integration_id
 */
export function noteUse(opened: Prisma.Sql, { purpose, worker }: CredentialUse): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO credential_use AS u (organization_id, credential_id, purpose, day, integration_id, version, last_by)
    SELECT c.organization_id, c.id, ${purpose}, (now() AT TIME ZONE 'UTC')::date, c.integration_id, c.version, ${worker}
    FROM ${opened} opened
    JOIN integration i ON i.organization_id = opened.organization_id AND i.id = opened.integration_id AND i.removed_at IS NULL
    JOIN credential c ON c.organization_id = i.organization_id AND c.integration_id = i.id AND c.version = i.credential_version
    ON CONFLICT (organization_id, credential_id, purpose, day)
      DO UPDATE SET uses = u.uses + 1, last_at = excluded.last_at, last_by = excluded.last_by`;
}

/** Openings of one version for one purpose: of a day by workers, or one by a person. */
export interface CredentialAccess {
  readonly version: number;
  /** sync, health; by people: opened (for a test), updated, rotated. */
  readonly purpose: string;
  readonly times: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** The last that opened it: a worker, or `cli:` and a user's name. */
  readonly by: string;
}

/** What the audit knows of an integration's credentials, the latest first. */
export function listCredentialAccesses(
  database: Database,
  of: { readonly organizationId: string; readonly integrationId: string; readonly limit: number },
): Promise<CredentialAccess[]> {
  const { organizationId, integrationId, limit } = of;
  return database.withOrganization(
    organizationId,
    (transaction) => transaction.$queryRaw<CredentialAccess[]>`
      SELECT version, purpose, uses AS times, first_at AS "firstAt", last_at AS "lastAt", last_by AS by FROM credential_use
      WHERE organization_id = ${organizationId}::uuid AND integration_id = ${integrationId}::uuid
      UNION ALL
      SELECT (details->>'version')::int, split_part(action, '.', 2), 1, at, at, actor FROM audit_log
      WHERE organization_id = ${organizationId}::uuid AND subject = ${integrationId} AND action LIKE 'credential.%'
      ORDER BY "lastAt" DESC LIMIT ${limit}`,
  );
}
