import { type Database, findTokenBearer, noteTokenUse, type TokenBearer, type TokenScope } from '@evidence-fleet/db';
import type { Logger } from '@evidence-fleet/service';
import { ProblemError } from './problem.ts';

/** Finds out who calls. */
export interface Authenticator {
  /**
   * @param authorization the header, e.g. `Bearer evf_…`
   * @throws ProblemError when it holds no token that counts, or one without this scope
   */
  authenticate(authorization: string | undefined, scope: TokenScope): Promise<TokenBearer>;
}

const noteEveryMs = 60_000;
const mostNoted = 10_000;

/** Tokens are looked up at every request: one that is revoked opens nothing from then on. */
export function createAuthenticator({ database, log }: { database: Database; log: Logger }): Authenticator {
  const noted = new Map<string, number>();
  /** Beside the request: when a token was last used is worth no failure and no wait. */
  const note = (bearer: TokenBearer) => {
    const now = Date.now();
    if (now - (noted.get(bearer.tokenId) ?? 0) < noteEveryMs) return;
    if (noted.size >= mostNoted) noted.clear();
    noted.set(bearer.tokenId, now);
    noteTokenUse(database, bearer).catch((err: unknown) => {
      noted.delete(bearer.tokenId);
      log.warn({ err, tokenId: bearer.tokenId }, 'api.token_use_not_noted');
    });
  };
  return {
    async authenticate(authorization, scope) {
      const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
      if (token === undefined)
        throw refuse('Send `Authorization: Bearer <token>`; `fleet tokens create` makes a token.');
      const bearer = await findTokenBearer(database, token);
      if (bearer === null)
        throw refuse('This token is not known. Check that it is whole, and of this fleet.', 'invalid_token');
      if (bearer.standing !== 'valid')
        throw refuse(`This token is ${bearer.standing}. Make a new one with \`fleet tokens create\`.`, 'invalid_token');
      note(bearer);
      if (!bearer.scopes.includes(scope)) throw lacks(scope);
      return bearer;
    },
  };
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-3 */
function refuse(detail: string, error?: string): ProblemError {
  const challenge = `Bearer realm="evidence-fleet"${error === undefined ? '' : `, error="${error}"`}`;
  return new ProblemError('unauthenticated', detail, { headers: { 'www-authenticate': challenge } });
}

function lacks(scope: TokenScope): ProblemError {
  return new ProblemError(
    'forbidden',
    `The token lacks the scope ${scope}. Make one that has it with \`fleet tokens create\`.`,
    {
      headers: { 'www-authenticate': `Bearer realm="evidence-fleet", error="insufficient_scope", scope="${scope}"` },
    },
  );
}
