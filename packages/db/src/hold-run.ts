import { Prisma, type Transaction } from './database.ts';

/** A claim of a run: who may write for it. */
export interface Claim {
  readonly organizationId: string;
  readonly runId: string;
  readonly fence: bigint;
}

/** Another worker holds the run now, or it was taken back. Nothing was written. */
export class StaleFenceError extends Error {
  override readonly name = 'StaleFenceError';
}

/**
 * Locks the run's row until the transaction ends and checks that this claim is still the one: the first statement of every write of a run.
 * The fence alone decides. A lease that is over while nobody has taken the run is a slow worker, not a stale one.
 */
export async function holdRun(transaction: Transaction, claim: Claim): Promise<void> {
  try {
    await transaction.$queryRaw`SELECT 1 / count(*) AS held FROM (${heldRun(claim)}) run`;
  } catch (error) {
    throw isDivisionByZero(error) ? new StaleFenceError('this worker does not hold the run any more') : error;
  }
}

/** Where there is no such row the statement fails, and with it all that travels with it and the transaction that it stands in. */
function isDivisionByZero(error: unknown): boolean {
  const seen = error as {
    code?: unknown;
    meta?: { driverAdapterError?: { cause?: { originalCode?: unknown } } };
  } | null;
  return [seen?.code, seen?.meta?.driverAdapterError?.cause?.originalCode].includes('22012');
}

/**
 * The same without a lock, for who only reads: nothing is written, and the next write checks the fence.
 * @throws StaleFenceError
 */
export async function checkRun(transaction: Transaction, claim: Claim): Promise<void> {
  const rows = await transaction.$queryRaw<unknown[]>`${claimedRun(claim)}`;
  if (rows.length === 0) throw new StaleFenceError('this worker does not hold the run any more');
}

/**
 * Work that is done while the run is held; its first statements travel with the one that holds it, and count only if that does.
 * @throws StaleFenceError
 */
export async function whileHeld<T>(transaction: Transaction, claim: Claim, work: () => Promise<T>): Promise<T> {
  const [held, done] = await Promise.allSettled([holdRun(transaction, claim), work()]);
  if (held.status === 'rejected') throw held.reason;
  if (done.status === 'rejected') throw done.reason;
  return done.value;
}

/** One row, locked, if this claim is still the one; none else. */
export function heldRun(claim: Claim): Prisma.Sql {
  return Prisma.sql`${claimedRun(claim)} FOR NO KEY UPDATE`;
}

function claimedRun({ organizationId, runId, fence }: Claim): Prisma.Sql {
  return Prisma.sql`
    SELECT 1 AS held FROM sync_run
    WHERE organization_id = ${organizationId}::uuid AND id = ${runId}::uuid AND fence = ${fence} AND state = 'running'`;
}
