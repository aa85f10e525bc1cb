import type { Transaction } from '../database.ts';
import type { How, Request, Requested } from './request.ts';

/** The key stands for another request already: of another integration, or of other types. */
export class RequestKeyReusedError extends Error {
  override readonly name = 'RequestKeyReusedError';

  constructor() {
    super(
      'This idempotency key was used for another request. Use a new key for each request, and the same one only to repeat it.',
    );
  }
}

interface Answered {
  readonly runId: string;
  readonly how: How;
  readonly integrationId: string;
  readonly types: readonly string[];
}

/** A request with this key that was answered within the last day. */
export async function findAnswered(
  transaction: Transaction,
  { organizationId, key }: Pick<Request, 'organizationId' | 'key'>,
): Promise<Answered | null> {
  if (key === undefined) return null;
  const [answered] = await transaction.$queryRaw<Answered[]>`
    SELECT run_id AS "runId", how, integration_id AS "integrationId", types FROM sync_request
    WHERE organization_id = ${organizationId}::uuid AND token_id = ${key.tokenId}::uuid AND key = ${key.key}
      AND created_at > now() - interval '1 day'`;
  return answered ?? null;
}

/**
 * How it was answered, for a request that says the same.
 * @throws RequestKeyReusedError
 */
export function asAnswered(
  answered: Answered,
  { integrationId, types }: Pick<Request, 'integrationId' | 'types'>,
): { readonly runId: string; readonly how: How } {
  const isSame = answered.integrationId === integrationId && answered.types.join() === [...types].sort().join();
  if (!isSame) throw new RequestKeyReusedError();
  return { runId: answered.runId, how: answered.how };
}

/** Those that are over go with those that come: a few at a time, and nobody waits for a row that another request holds. */
const sweptAtOnce = 10;

/**
 * Notes the answer in the transaction that makes it, and forgets a few that are older than a day.
 * @throws RequestKeyReusedError when a request for another integration took the key meanwhile
 */
export async function noteAnswered(
  transaction: Transaction,
  { organizationId, integrationId, types, key }: Request,
  { runId, how }: Requested,
): Promise<void> {
  if (key === undefined) return;
  const [noted] = await Promise.all([
    transaction.$executeRaw`
      INSERT INTO sync_request AS r (organization_id, token_id, key, integration_id, types, run_id, how)
      VALUES (${organizationId}::uuid, ${key.tokenId}::uuid, ${key.key}, ${integrationId}::uuid, ${[...types].sort()}::text[],
        ${runId}::uuid, ${how})
      ON CONFLICT (organization_id, token_id, key) DO UPDATE SET integration_id = excluded.integration_id, types = excluded.types,
        run_id = excluded.run_id, how = excluded.how, created_at = excluded.created_at
      WHERE r.created_at <= now() - interval '1 day'`,
    transaction.$executeRaw`
      DELETE FROM sync_request WHERE (organization_id, token_id, key) IN (
        SELECT organization_id, token_id, key FROM sync_request
        WHERE organization_id = ${organizationId}::uuid AND created_at <= now() - interval '1 day'
        ORDER BY created_at LIMIT ${sweptAtOnce} FOR UPDATE SKIP LOCKED)`,
  ]);
  if (noted === 0) throw new RequestKeyReusedError();
}
