import { ConnectorError, type FailedAnswer, type QuotaReport } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { scopeOf } from './operations.ts';

/** https://developer.okta.com/docs/reference/error-codes/ and, for the token endpoint, RFC 6749 section 5.2 */
const Refusal = z.object({ errorCode: z.string(), error: z.string() }).partial();

/**
 * Okta's refusals in the fleet's words. Its codes are matched here and nowhere else; one that a stream must tell apart becomes
 * `providerCode`. Answers it does not know (5xx among them) are left to the engine.
 */
export function mapError(answer: FailedAnswer, now: Date): ConnectorError | undefined {
  const { status, headers, url } = answer;
  const { errorCode, error } = refusalOf(answer.body);
  if (error !== undefined && url.pathname.endsWith('/token')) return tokenRefused(error);
  if (status === 429) {
    const message = 'Okta limits the rate of calls.';
    return new ConnectorError('rate_limited', message, {
      retryAt: retryTime(headers, now),
      providerCode: errorCode ?? '429',
    });
  }
  if (errorCode === 'E0000011' || errorCode === 'E0000004') {
    const message = 'Okta does not accept the credential: it is wrong, expired or revoked.';
    return new ConnectorError('authentication_failed', message, { providerCode: errorCode });
  }
  if (errorCode === 'E0000015') {
    const message = 'The organization does not have this feature, or the credential may not use it.';
    return new ConnectorError('permission_denied', message, { providerCode: errorCode });
  }
  if (status === 403 || errorCode === 'E0000005' || errorCode === 'E0000006') {
    const message = `The credential may not read this: grant the scope ${scopeOf(url)} and an administrator role that sees it.`;
    return new ConnectorError('permission_denied', message, { providerCode: errorCode ?? String(status) });
  }
  if (errorCode === 'E0000007') {
    return new ConnectorError('not_found', 'Okta says that this does not exist.', { providerCode: errorCode });
  }
  return undefined;
}

/** Of the bucket that the call belongs to. https://developer.okta.com/docs/reference/rl-best-practices/#check-your-rate-limits-with-okta-s-rate-limit-headers */
export function readQuota(headers: Headers): QuotaReport | undefined {
  const remaining = numberOf(headers, 'x-rate-limit-remaining');
  const reset = numberOf(headers, 'x-rate-limit-reset');
  if (remaining === undefined || reset === undefined) return undefined;
  return { remaining, resetAt: new Date(reset * 1000) };
}

/** What a client-credentials request is refused with: https://developer.okta.com/docs/api/openapi/okta-oauth/oauth/tag/OrgAS/#tag/OrgAS/operation/token */
function tokenRefused(error: string): ConnectorError {
  if (['invalid_scope', 'access_denied', 'consent_required'].includes(error)) {
    const message = "A scope is not granted to the service app: grant it under the app's Okta API Scopes.";
    return new ConnectorError('permission_denied', message, { providerCode: error });
  }
  const dpop = 'The service app demands DPoP: switch off "Require Demonstrating Proof of Possession" in its settings.';
  if (error === 'invalid_dpop_proof' || error === 'use_dpop_nonce') {
    return new ConnectorError('configuration_error', dpop, { providerCode: error });
  }
  const message =
    'Okta does not accept the service app: its client id, private key or key id is wrong, or it is inactive.';
  return new ConnectorError('authentication_failed', message, { providerCode: error });
}

/** `Retry-After`, else the end of the bucket's window; undefined where neither is told. */
function retryTime(headers: Headers, now: Date): Date | undefined {
  const seconds = numberOf(headers, 'retry-after');
  if (seconds !== undefined) return new Date(now.getTime() + Math.max(0, seconds) * 1000);
  const date = Date.parse(headers.get('retry-after') ?? '');
  if (!Number.isNaN(date)) return new Date(Math.max(date, now.getTime()));
  const reset = numberOf(headers, 'x-rate-limit-reset');
  // The window of a limit on concurrent calls is over at once.
  return reset === undefined ? undefined : new Date(Math.max(reset * 1000, now.getTime() + 1000));
}

function numberOf(headers: Headers, name: string): number | undefined {
  const text = headers.get(name);
  if (text === null || !/^\d+(\.\d+)?$/.test(text.trim())) return undefined;
  return Number(text);
}

function refusalOf(body: string): z.output<typeof Refusal> {
  try {
    return Refusal.safeParse(JSON.parse(body)).data ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) return {}; // an HTML page or a cut body: the status alone speaks
    throw error;
  }
}
