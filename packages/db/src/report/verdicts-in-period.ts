import type { Database } from '../database.ts';
import type { PeriodOf } from './period.ts';

/** A verdict as it is kept: between `freshUntil` and its end it reads as unknown. */
export interface PastVerdict {
  readonly id: string;
  readonly status: 'pass' | 'fail' | 'unknown' | 'not_applicable';
  readonly why: { readonly [field: string]: unknown };
  readonly freshUntil: Date;
  readonly validFrom: Date;
  readonly validTo: Date | null;
  readonly fromRunId: string;
}

export interface PastVerdicts {
  /** In their order; none overlaps another. */
  readonly verdicts: readonly PastVerdict[];
  /** There was a verdict before the period, standing or not. */
  readonly hadBefore: boolean;
}

/** The verdicts of one control that stood at any time of a period. */
export function verdictsInPeriod(
  database: Database,
  { organizationId, controlId, from, to }: PeriodOf & { readonly controlId: string },
): Promise<PastVerdicts> {
  return database.withOrganization(organizationId, async (transaction) => {
    const verdicts = await transaction.$queryRaw<PastVerdict[]>`
      SELECT id, status, why, fresh_until AS "freshUntil", valid_from AS "validFrom", valid_to AS "validTo", from_run_id AS "fromRunId"
      FROM verdict
      WHERE organization_id = ${organizationId}::uuid AND control_id = ${controlId} AND valid_from < ${to}
        AND (valid_to IS NULL OR valid_to > ${from})
      ORDER BY valid_from, id`;
    const [before] = await transaction.$queryRaw<{ had: boolean }[]>`
      SELECT EXISTS (SELECT FROM verdict
        WHERE organization_id = ${organizationId}::uuid AND control_id = ${controlId} AND valid_from < ${from}) AS had`;
    return { verdicts, hadBefore: before?.had ?? false };
  });
}
