import { ConnectorError, type FailedAnswer, nullIf, type QuotaReport } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { permissionOf } from './operations.ts';

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#status-codes */
const Refusal = z.object({ errorMessages: z.array(z.string()) });

/**
 * Jira's refusals in the fleet's words. Answers it does not know (5xx among them) are left to the engine.
 * A 404 in Jira's own form has the code `jira_404`: that of a gateway, or of a site that is no more, says nothing about a resource.
 */
export function mapError(answer: FailedAnswer, now: Date): ConnectorError | undefined {
  const { status, headers, url } = answer;
  if (isLoginRefused(headers)) return loginRefused('login_refused');
  if (status === 401) return loginRefused('401');
  if (status === 429) {
    const message = 'Jira limits the rate of calls.';
    return new ConnectorError('rate_limited', message, { retryAt: retryTime(headers, now), providerCode: '429' });
  }
  if (status === 403) {
    const message = `The user may not read this: grant ${permissionOf(url)}.`;
    return new ConnectorError('permission_denied', message, { providerCode: '403' });
  }
  if (status === 404 && isRefusal(answer.body)) {
    const message = `Jira shows nothing there: it is gone, or hidden from a user without ${permissionOf(url)}.`;
    return new ConnectorError('not_found', message, { providerCode: 'jira_404' });
  }
  if (status === 400 && /\/(search\/jql|jql\/match)$/.test(url.pathname)) {
    const message = 'Jira does not accept the search: correct the JQL in the setting "issues".';
    return new ConnectorError('malformed', message, { providerCode: '400' });
  }
  return undefined;
}

/** For `.catch(...)` where Jira's own "not found" is an answer, because the right to be told was checked. */
export const nullIfGone = nullIf('not_found', /^jira_404 /);

/**
 * To a wrong or expired token Jira answers some calls like to a stranger, with a 200 and what strangers may see: then this header says so.
 * https://developer.atlassian.com/server/jira/platform/basic-authentication/#captcha
 */
export function refuseStranger(headers: Headers): void {
  if (isLoginRefused(headers)) throw loginRefused('login_refused');
}

/** https://developer.atlassian.com/cloud/jira/platform/rate-limiting/ */
export function readQuota(headers: Headers, now: Date): QuotaReport | undefined {
  const remaining = headers.get('x-ratelimit-remaining');
  const resetAt = timeOf(headers.get('x-ratelimit-reset'));
  if (remaining === null || !/^\d+$/.test(remaining.trim()) || resetAt === undefined || resetAt <= now)
    return undefined;
  return { limit: 'burst', remaining: Number(remaining), resetAt };
}

function loginRefused(providerCode: string): ConnectorError {
  const message =
    'Jira does not accept the credential: the address or the API token is wrong, expired or revoked, or may not enter this site.';
  return new ConnectorError('authentication_failed', message, { providerCode });
}

function isLoginRefused(headers: Headers): boolean {
  return /AUTHENTICATED_FAILED|AUTHENTICATION_DENIED/.test(headers.get('x-seraph-loginreason') ?? '');
}

/** `Retry-After` in seconds or as a date, else the end of the window; undefined where neither is told. */
function retryTime(headers: Headers, now: Date): Date | undefined {
  const after = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(after)) return new Date(now.getTime() + Number(after) * 1000);
  const at = timeOf(after) ?? timeOf(headers.get('x-ratelimit-reset'));
  return at === undefined ? undefined : new Date(Math.max(at.getTime(), now.getTime()));
}

/** A date; e.g. `2026-02-03T04:05Z`. */
function timeOf(text: string | null): Date | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}

function isRefusal(body: string): boolean {
  try {
    return Refusal.safeParse(JSON.parse(body)).success;
  } catch (error) {
    if (error instanceof SyntaxError) return false; // a page of a gateway, or a cut body
    throw error;
  }
}
