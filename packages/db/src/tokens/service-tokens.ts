import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../database.ts';
import { audit } from '../integrations/audit.ts';
import { uuid } from '../uuid.ts';

/** What a service may do with its token. A token has those that it was made with, and no other. */
export const tokenScopes = {
  'syncs:write': 'ask for syncs and health checks, cancel runs',
  'runs:read': 'see integrations and runs',
  'evidence:read': 'see evidence, findings and verdicts',
} as const satisfies Record<string, string>;

export type TokenScope = keyof typeof tokenScopes;

/** By its prefix a token is recognised where it should not be: in logs, in repositories. */
const prefix = 'evf_';
const shape = /^evf_[\w-]{43}$/;

export interface ListedToken {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly revokedBy: string | null;
  /** Noted once a minute at most; null: never used. */
  readonly lastUsedAt: Date | null;
}

export interface NewToken {
  readonly organizationId: string;
  /** Of people; no other token that counts has it. */
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  readonly days: number;
  /** Who makes it, for the audit log. */
  readonly actor: string;
}

/**
 * Makes a token. Audited. Throws when the name is taken (unique violation).
 * @returns the token, which nobody can read again: only its hash is stored
 */
export async function createToken(
  database: Database,
  { organizationId, name, scopes, days, actor }: NewToken,
): Promise<{ readonly id: string; readonly token: string; readonly expiresAt: Date }> {
  const token = `${prefix}${randomBytes(32).toString('base64url')}`;
  const id = uuid();
  return database.withOrganization(organizationId, async (transaction) => {
    const [stored] = await transaction.$queryRaw<{ expiresAt: Date }[]>`
      INSERT INTO service_token (organization_id, id, name, token_sha, scopes, created_by, expires_at)
      VALUES (${organizationId}::uuid, ${id}::uuid, ${name}, ${hashOf(token)}, ${scopes}::text[], ${actor},
        now() + ${days}::int * interval '1 day')
      RETURNING expires_at AS "expiresAt"`;
    if (stored === undefined) throw new Error('an inserted row is returned');
    const details = { name, scopes: scopes.join(' '), expiresAt: stored.expiresAt.toISOString() };
    await audit(transaction, organizationId, { actor, action: 'token.created', subject: id, details });
    return { id, token, ...stored };
  });
}

/** Every token of the organization that counts, with `all` also those that are revoked or over; by name. */
export function listTokens(
  database: Database,
  { organizationId, all = false }: { readonly organizationId: string; readonly all?: boolean },
): Promise<ListedToken[]> {
  return database.withOrganization(
    organizationId,
    (transaction) => transaction.$queryRaw<ListedToken[]>`
      SELECT id, name, scopes, created_at AS "createdAt", created_by AS "createdBy", expires_at AS "expiresAt",
        revoked_at AS "revokedAt", revoked_by AS "revokedBy", last_used_at AS "lastUsedAt"
      FROM service_token
      WHERE organization_id = ${organizationId}::uuid AND (${all} OR (revoked_at IS NULL AND expires_at > now()))
      ORDER BY name, created_at`,
  );
}

/**
 * From now on the token opens nothing. Audited.
 * @param token.nameOrId of one that is not revoked yet
 * @returns false when there is none (any more)
 */
export function revokeToken(
  database: Database,
  token: { readonly organizationId: string; readonly nameOrId: string; readonly actor: string },
): Promise<boolean> {
  const { organizationId, nameOrId, actor } = token;
  return database.withOrganization(organizationId, async (transaction) => {
    const [revoked] = await transaction.$queryRaw<{ id: string; name: string }[]>`
      UPDATE service_token SET revoked_at = clock_timestamp(), revoked_by = ${actor}
      WHERE organization_id = ${organizationId}::uuid AND (name = ${nameOrId} OR id::text = ${nameOrId}) AND revoked_at IS NULL
      RETURNING id, name`;
    if (revoked === undefined) return false;
    const { id, name } = revoked;
    await audit(transaction, organizationId, { actor, action: 'token.revoked', subject: id, details: { name } });
    return true;
  });
}

/** Who calls: the token's organization, and what it may. */
export interface TokenBearer {
  readonly organizationId: string;
  readonly tokenId: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** `valid`, or why it opens nothing any more. */
  readonly standing: 'valid' | 'expired' | 'revoked';
}

/**
 * Whose a token is, in one round trip. Its organization is not known before, so the row is found by a policy that shows the one whose hash the
 * transaction states.
 * @returns null when it is no token, or none of this fleet
 * @throws DatabaseAwayError
 */
export async function findTokenBearer(database: Database, token: string): Promise<TokenBearer | null> {
  if (!shape.test(token)) return null;
  const sha = hashOf(token);
  const [, [bearer]] = await database.withTrips(null, (trip) =>
    Promise.all([
      trip.$queryRaw`SELECT set_config('app.token_sha', ${sha.toString('hex')}, true)`,
      trip.$queryRaw<TokenBearer[]>`
        SELECT organization_id AS "organizationId", id AS "tokenId", name, scopes,
          CASE WHEN revoked_at IS NOT NULL THEN 'revoked' WHEN expires_at <= clock_timestamp() THEN 'expired' ELSE 'valid' END AS standing
        FROM service_token WHERE token_sha = ${sha}`,
    ]),
  );
  return bearer ?? null;
}

/** Notes that a token was used; within a minute of the last note it writes nothing. */
export async function noteTokenUse(
  database: Database,
  { organizationId, tokenId }: Pick<TokenBearer, 'organizationId' | 'tokenId'>,
): Promise<void> {
  await database.withTrips(
    organizationId,
    (trip) => trip.$executeRaw`
      UPDATE service_token SET last_used_at = clock_timestamp()
      WHERE organization_id = ${organizationId}::uuid AND id = ${tokenId}::uuid
        AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 minute')`,
  );
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
