import { describe, expect, it } from '@jest/globals';
import { mapError, readQuota } from './errors.ts';

const now = new Date('2026-03-01T12:00:00Z');
const inSeconds = (seconds: number) => new Date(now.getTime() + seconds * 1000);

function answer(status: number, headers: Record<string, string> = {}, message = '') {
  const body = JSON.stringify({ message, documentation_url: 'https://docs.github.com/rest' });
  return { status, headers: new Headers(headers), body, url: new URL('https://api.github.com/x') };
}

function ofApp(status: number) {
  return { ...answer(status), url: new URL('https://api.github.com/app/installations/7/access_tokens') };
}

describe('mapError', () => {
  it.each([
    ['401', answer(401, {}, 'Bad credentials'), 'authentication_failed', '401'],
    ['403', answer(403, {}, 'Resource not accessible by personal access token'), 'permission_denied', '403'],
    ['single sign-on', answer(403, { 'x-github-sso': 'required; url=https://x' }), 'permission_denied', 'sso_required'],
    [
      'a plan',
      answer(403, {}, 'Upgrade to GitHub Pro or make this repository public'),
      'permission_denied',
      'upgrade_required',
    ],
    ['an owner filter', answer(422, {}, 'Only owners can use this filter.'), 'permission_denied', 'owners_only'],
    ['an unprotected branch', answer(404, {}, 'Branch not protected'), 'not_found', 'branch_not_protected'],
    ['an empty repository', answer(404, {}, 'Branch not found'), 'not_found', 'branch_not_found'],
    ['a repository without commits', answer(409, {}, 'Git Repository is empty.'), 'not_found', 'repository_empty'],
    ['an unknown App', ofApp(401), 'authentication_failed', '401'],
    ['a suspended installation', ofApp(403), 'authentication_failed', '403'],
    ['a removed installation', ofApp(404), 'authentication_failed', '404'],
    ['any other 404', answer(404, {}, 'Not Found'), 'not_found', '404'],
    ['410', answer(410), 'not_found', '410'],
    ['451', answer(451), 'permission_denied', '451'],
  ])('tells %s apart', (_name, failed, code, providerCode) => {
    expect(mapError(failed, now)).toMatchObject({ code, providerCode });
  });

  it('names the missing permission, in words of permissions only', () => {
    const named = answer(403, { 'x-accepted-github-permissions': 'administration=read; metadata=read' });
    expect(mapError(named, now)?.message).toContain('administration=read; metadata=read');
    const forged = answer(403, { 'x-accepted-oauth-scopes': 'repo" <script>' });
    expect(mapError(forged, now)?.message).toBe('The token may not read this.');
  });

  it.each([
    ['seconds', answer(429, { 'retry-after': '30' }), inSeconds(30)],
    ['a fraction of a second', answer(403, { 'retry-after': '0.5' }), inSeconds(0.5)],
    ['a date', answer(429, { 'retry-after': 'Sun, 01 Mar 2026 12:05:00 GMT' }), inSeconds(300)],
    ['a date in the past', answer(429, { 'retry-after': 'Sun, 01 Mar 2026 11:00:00 GMT' }), now],
    [
      'a spent budget',
      answer(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${+inSeconds(900) / 1000}` }),
      inSeconds(900),
    ],
    ['a secondary limit', answer(403, {}, 'You have exceeded a secondary rate limit.'), inSeconds(60)],
    ['nothing at all', answer(429), inSeconds(60)],
  ])('reads when to try again from %s', (_name, failed, retryAt) => {
    expect(mapError(failed, now)).toMatchObject({ code: 'rate_limited', retryAt });
  });

  it('leaves the rest to the engine, and stands a body that is no JSON', () => {
    expect(mapError(answer(502), now)).toBeUndefined();
    expect(mapError({ ...answer(404), body: '<html>' }, now)).toMatchObject({ code: 'not_found' });
  });
});

describe('readQuota', () => {
  const headers = { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '4242', 'x-ratelimit-reset': '1772370000' };

  it('reads the core budget', () => {
    const report = { limit: 'core', remaining: 4242, resetAt: new Date(1772370000 * 1000) };
    expect(readQuota(new Headers(headers))).toEqual(report);
  });

  it('ignores other budgets and answers without one', () => {
    expect(readQuota(new Headers({ ...headers, 'x-ratelimit-resource': 'search' }))).toBeUndefined();
    expect(readQuota(new Headers())).toBeUndefined();
  });
});
