import { Prisma } from '../database.ts';

/** A credential is to be replaced after so long, whatever its provider says. */
const agesAfterDays = 90;
/** How long before a credential ends it is told. */
const warnsDaysBefore = 14;

/** When a credential that is stored now is old. */
export const agesAt = Prisma.sql`(clock_timestamp() + ${agesAfterDays} * interval '1 day')`;

/** When to tell that a credential ends at `expiresAt`: in time, at once where that is past, never of one that has ended: health tells of that. */
export function expiryWarnsAt(expiresAt: Date | null): Prisma.Sql {
  return Prisma.sql`(CASE WHEN ${expiresAt}::timestamptz > clock_timestamp()
    THEN greatest(clock_timestamp(), ${expiresAt}::timestamptz - ${warnsDaysBefore} * interval '1 day') END)`;
}
