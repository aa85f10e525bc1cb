import { type Database, Prisma } from '../database.ts';

type Status = 'pass' | 'fail' | 'unknown' | 'not_applicable';

/** The standing verdict of a control; past `freshUntil` its status reads `unknown`. */
export interface ListedVerdict {
  readonly controlId: string;
  readonly status: Status;
  readonly validFrom: Date;
  readonly freshUntil: Date;
  /** The judge's account of it (packages/controls `Why`), with `stale: true` past `freshUntil`. */
  readonly why: { readonly [field: string]: unknown };
}

/** The current verdict of every control that was judged. */
export async function listVerdicts(database: Database, organizationId: string): Promise<ListedVerdict[]> {
  return database.withOrganization(
    organizationId,
    (transaction) => transaction.$queryRaw<ListedVerdict[]>`
      SELECT control_id AS "controlId", status, valid_from AS "validFrom", fresh_until AS "freshUntil", why FROM current_verdict
      WHERE organization_id = ${organizationId}::uuid ORDER BY control_id`,
  );
}

export interface ListedFinding {
  readonly controlId: string;
  readonly integrationId: string;
  readonly integration: string;
  readonly type: string;
  readonly resource: string;
  readonly status: Status;
  readonly reason: string;
  readonly since: Date;
}

export interface ListFindings {
  readonly organizationId: string;
  readonly controlId: string;
  readonly statuses: readonly Status[];
  readonly limit: number;
}

/** The open findings of one control with one of these statuses, failures first. */
export async function listFindings(database: Database, options: ListFindings): Promise<ListedFinding[]> {
  const { organizationId, controlId, statuses, limit } = options;
  return database.withOrganization(
    organizationId,
    (transaction) => transaction.$queryRaw<ListedFinding[]>`
      SELECT f.control_id AS "controlId", f.integration_id AS "integrationId", i.name AS integration, f.type, f.resource, f.status,
        f.reason, f.valid_from AS since
      FROM finding f JOIN integration i ON i.organization_id = f.organization_id AND i.id = f.integration_id
      WHERE f.organization_id = ${organizationId}::uuid AND f.control_id = ${controlId} AND f.valid_to IS NULL
        AND f.status = ANY(${statuses}::text[])
      ORDER BY ${Prisma.sql`array_position(ARRAY['fail', 'unknown', 'pass', 'not_applicable'], f.status)`}, f.type, f.resource, f.id
      LIMIT ${limit}`,
  );
}
