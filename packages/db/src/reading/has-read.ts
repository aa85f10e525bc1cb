import type { Database } from '../database.ts';
import type { Claim } from '../hold-run.ts';

/** Whether a run has read any slice to its end so far. */
export async function hasRead(
  database: Database,
  { organizationId, runId }: Pick<Claim, 'organizationId' | 'runId'>,
): Promise<boolean> {
  const passes = await database.withOrganization(organizationId, (transaction) =>
    transaction.streamRun.count({ where: { runId, status: { in: ['complete', 'partial'] } } }),
  );
  return passes > 0;
}
