import { ConnectorError, type FailedAnswer, type QuotaReport } from '@evidence-fleet/connector-sdk';

/**
 * GitHub's refusals in the fleet's words. Its texts are matched here and nowhere else; what a stream must tell apart
 * becomes `providerCode`. Answers it does not know (5xx among them) are left to the engine.
 * https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
 */
export function mapError(answer: FailedAnswer, now: Date): ConnectorError | undefined {
  const { status, headers } = answer;
  const text = messageOf(answer.body);
  if (isOfApp(answer) && !isRateLimit(answer, text) && [401, 403, 404].includes(status)) return refusedApp(status);
  if (status === 401) {
    return refusal(
      'authentication_failed',
      'GitHub does not accept the token: it is wrong, expired or revoked.',
      '401',
    );
  }
  if (isRateLimit(answer, text)) {
    const retryAt = retryTime(headers, now);
    return new ConnectorError('rate_limited', 'GitHub limits the rate of calls.', {
      retryAt,
      providerCode: `${status}`,
    });
  }
  if (status === 403) return denied(headers, text);
  if (status === 422 && /owner/i.test(text)) {
    return refusal('permission_denied', 'Only an owner of the organization is told this.', 'owners_only');
  }
  if (status === 404) {
    if (/branch not protected/i.test(text))
      return refusal('not_found', 'The branch is not protected.', 'branch_not_protected');
    if (/branch not found/i.test(text)) return refusal('not_found', 'The branch does not exist.', 'branch_not_found');
    return refusal('not_found', 'GitHub shows nothing there: it is gone, or hidden from this token.', '404');
  }
  if (status === 409 && /repository is empty/i.test(text))
    return refusal('not_found', 'The repository is empty.', 'repository_empty');
  if (status === 410) return refusal('not_found', 'GitHub says that this is gone for good, or switched off.', '410');
  if (status === 451) return refusal('permission_denied', 'GitHub blocks this for legal reasons.', '451');
  return undefined;
}

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#checking-the-status-of-your-rate-limit */
export function readQuota(headers: Headers): QuotaReport | undefined {
  const remaining = Number(headers.get('x-ratelimit-remaining') ?? Number.NaN);
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
  if (!Number.isFinite(remaining) || !Number.isFinite(reset)) return undefined;
  const resource = headers.get('x-ratelimit-resource') ?? 'core';
  // Other resources (search, GraphQL) have budgets of their own, which no stream uses.
  return resource === 'core' ? { limit: 'core', remaining, resetAt: new Date(reset * 1000) } : undefined;
}

function refusal(
  code: 'authentication_failed' | 'permission_denied' | 'not_found',
  message: string,
  providerCode: string,
) {
  return new ConnectorError(code, message, { providerCode });
}

/** Asked with the App's own key, for its installation or a token of it. */
function isOfApp({ url }: FailedAnswer): boolean {
  return /\/app\/installations\/\d+(?:\/access_tokens)?$/.test(url.pathname);
}

function refusedApp(status: number): ConnectorError {
  const message =
    status === 401
      ? 'GitHub does not accept the App: its id and private key do not belong together, or the key was revoked.'
      : 'The App has no such installation, or it was uninstalled or suspended: check the installation id.';
  return refusal('authentication_failed', message, String(status));
}

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
function isRateLimit({ status, headers }: FailedAnswer, text: string): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return (
    headers.get('x-ratelimit-remaining') === '0' ||
    headers.has('retry-after') ||
    /secondary rate limit|abuse detection|rate limit exceeded/i.test(text)
  );
}

/** `Retry-After` in seconds or as a date; else the reset of a spent budget; else the minute that GitHub's documentation asks for. */
function retryTime(headers: Headers, now: Date): Date {
  const after = headers.get('retry-after');
  const seconds = Number(after ?? Number.NaN);
  if (Number.isFinite(seconds)) return new Date(now.getTime() + Math.max(0, seconds) * 1000);
  const date = Date.parse(after ?? '');
  if (!Number.isNaN(date)) return new Date(Math.max(date, now.getTime()));
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN) * 1000;
  if (headers.get('x-ratelimit-remaining') === '0' && Number.isFinite(reset)) {
    return new Date(Math.max(reset, now.getTime() + 1000));
  }
  return new Date(now.getTime() + 60_000);
}

function denied(headers: Headers, text: string): ConnectorError {
  if (headers.has('x-github-sso')) {
    return refusal(
      'permission_denied',
      'The organization demands single sign-on: authorize the token for it.',
      'sso_required',
    );
  }
  if (/upgrade to github/i.test(text)) {
    return refusal('permission_denied', "The organization's plan does not have this feature.", 'upgrade_required');
  }
  if (/alerts are (disabled|not enabled)/i.test(text)) {
    return refusal('permission_denied', 'The feature is switched off there.', 'feature_disabled');
  }
  const wanted = headers.get('x-accepted-github-permissions') ?? headers.get('x-accepted-oauth-scopes') ?? '';
  // Words of permissions only, so that nothing else of an answer can end in a message.
  const named = /^[a-z_:=;,| ]{1,200}$/i.test(wanted.trim()) ? ` It needs ${wanted.trim()}.` : '';
  return refusal('permission_denied', `The token may not read this.${named}`, '403');
}

function messageOf(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return String(parsed.message);
    return '';
  } catch {
    return ''; // an HTML page or a cut body: the status alone speaks
  }
}
