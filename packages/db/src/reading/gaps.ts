import { type Database, Prisma, type Transaction } from '../database.ts';
import { audit } from '../integrations/audit.ts';

export interface ListedGap {
  readonly id: string;
  readonly integrationId: string;
  readonly integration: string;
  readonly type: string;
  readonly slice: string;
  readonly scope: string;
  readonly reason: string;
  /** A public sentence: what to do. */
  readonly detail: string;
  readonly openedRunId: string;
  readonly openedAt: Date;
  readonly closedRunId: string | null;
  readonly closedAt: Date | null;
  readonly confirmedAt: Date | null;
}

export interface ListGaps {
  readonly organizationId: string;
  readonly integrationId?: string;
  /** Of this reason only. */
  readonly reason?: string;
  /** Closed ones too. */
  readonly all?: boolean;
  readonly limit: number;
}

/** The gaps that are open now, or every one there has been; the latest first. */
export async function listGaps(database: Database, options: ListGaps): Promise<ListedGap[]> {
  const { organizationId, integrationId, reason, all = false, limit } = options;
  const of = integrationId === undefined ? Prisma.empty : Prisma.sql`AND g.integration_id = ${integrationId}::uuid`;
  const because = reason === undefined ? Prisma.empty : Prisma.sql`AND g.reason = ${reason}`;
  const open = all ? Prisma.empty : Prisma.sql`AND g.closed_at IS NULL`;
  return database.withOrganization(organizationId, (transaction) =>
    readGaps(transaction, Prisma.sql`g.organization_id = ${organizationId}::uuid ${of} ${because} ${open}`, limit),
  );
}

const latestFirst = Prisma.sql`g.opened_at DESC, g.id DESC`;

/** @param which a condition on `gap g`, with its organization */
export function readGaps(
  transaction: Transaction,
  which: Prisma.Sql,
  limit: number,
  order = latestFirst,
): Promise<ListedGap[]> {
  return transaction.$queryRaw<ListedGap[]>`
    SELECT g.id, g.integration_id AS "integrationId", i.name AS integration, g.type, g.slice, g.scope, g.reason, g.detail,
      g.opened_run_id AS "openedRunId", g.opened_at AS "openedAt", g.closed_run_id AS "closedRunId", g.closed_at AS "closedAt",
      g.confirmed_at AS "confirmedAt"
    FROM gap g JOIN integration i ON i.organization_id = g.organization_id AND i.id = g.integration_id
    WHERE ${which}
    ORDER BY ${order} LIMIT ${limit}`;
}

/** The reasons for which a person may say: yes, it is gone. Of every other gap only a sync can tell. */
const confirmableReasons = ['mass_absence', 'scope_changed', 'absence_unproven'] as const;

export type Confirmation =
  | { readonly kind: 'confirmed' | 'confirmed_before' | 'closed'; readonly gap: ListedGap }
  | { readonly kind: 'not_confirmable'; readonly gap: ListedGap }
  | { readonly kind: 'not_found' };

/** A person confirms that what a gap holds is gone: the next complete pass that misses it retires it. Audited. */
export async function confirmGap(
  database: Database,
  { organizationId, gapId, actor }: { organizationId: string; gapId: string; actor: string },
): Promise<Confirmation> {
  return database.withOrganization(organizationId, async (transaction) => {
    const which = Prisma.sql`g.organization_id = ${organizationId}::uuid AND g.id = ${gapId}::uuid`;
    const [gap] = await readGaps(transaction, which, 1);
    if (gap === undefined) return { kind: 'not_found' };
    if (!confirmableReasons.some((reason) => reason === gap.reason)) return { kind: 'not_confirmable', gap };
    const confirmed = await transaction.$executeRaw`
      UPDATE gap SET confirmed_at = now()
      WHERE organization_id = ${organizationId}::uuid AND id = ${gapId}::uuid AND closed_at IS NULL AND confirmed_at IS NULL`;
    if (confirmed === 0) return { kind: gap.closedAt === null ? 'confirmed_before' : 'closed', gap };
    const details = { type: gap.type, reason: gap.reason, scope: gap.scope };
    await audit(transaction, organizationId, { action: 'gap.confirmed', subject: gapId, actor, details });
    return { kind: 'confirmed', gap };
  });
}
