import { describe, expect, it } from '@jest/globals';
import { mapError, readQuota } from './errors.ts';
import { settings } from './settings.ts';

const now = new Date('2026-03-01T12:00:00Z');
const inSeconds = (seconds: number) => new Date(now.getTime() + seconds * 1000);

function answer(status: number, { path = '/rest/api/3/users/search', headers = {}, body = '' } = {}) {
  return { status, headers: new Headers(headers), body, url: new URL(`https://acme.atlassian.net${path}`) };
}

const words = JSON.stringify({ errorMessages: ['secret-value'], errors: {} });

describe('mapError', () => {
  it.each([
    ['a wrong token', answer(401, { body: 'Client must be authenticated' }), 'authentication_failed', '401'],
    [
      'a login that is held back',
      answer(403, { headers: { 'x-seraph-loginreason': 'AUTHENTICATION_DENIED' } }),
      'authentication_failed',
      'login_refused',
    ],
    ['a missing permission', answer(403, { body: words }), 'permission_denied', '403'],
    ["Jira's own 404", answer(404, { body: words }), 'not_found', 'jira_404'],
    ['a wrong JQL', answer(400, { path: '/rest/api/3/search/jql', body: words }), 'malformed', '400'],
    ['a limit', answer(429), 'rate_limited', '429'],
  ])('tells %s', (_name, failed, code, providerCode) => {
    const error = mapError(failed, now);
    expect(error).toMatchObject({ code, providerCode });
    expect(error?.message).not.toContain('secret-value');
  });

  it('leaves to the engine what says nothing of Jira', () => {
    for (const failed of [answer(404, { body: '<html></html>' }), answer(503), answer(400)]) {
      expect(mapError(failed, now)).toBeUndefined();
    }
  });

  it('names the permission', () => {
    expect(mapError(answer(403, { path: '/rest/api/3/auditing/record' }), now)?.message).toContain('Administer Jira');
    expect(mapError(answer(403), now)?.message).toContain('Browse users and groups');
  });

  it.each([
    [{ 'retry-after': '7' }, inSeconds(7)],
    [{ 'retry-after': inSeconds(60).toUTCString() }, inSeconds(60)],
    [{ 'x-ratelimit-reset': '2026-03-01T12:05Z' }, inSeconds(300)],
    [{}, undefined],
  ])('reads from %j when to come back', (headers, retryAt) => {
    expect(mapError(answer(429, { headers }), now)?.retryAt).toEqual(retryAt);
  });
});

describe('readQuota', () => {
  it('reads what is left, where Jira tells until when', () => {
    const headers = new Headers({ 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': '2026-03-01T12:01Z' });
    expect(readQuota(headers, now)).toEqual({ limit: 'burst', remaining: 3, resetAt: inSeconds(60) });
    expect(readQuota(new Headers({ 'x-ratelimit-remaining': '3' }), now)).toBeUndefined();
    expect(readQuota(new Headers(), now)).toBeUndefined();
  });
});

describe('settings', () => {
  const siteUrl = 'https://acme.atlassian.net';

  it('collect security issues by default, and each other purpose where it has a JQL', () => {
    expect(settings.parse({ siteUrl }).issues).toMatchObject({ security: 'type = Bug AND labels = security' });
    const { issues } = settings.parse({ siteUrl, issues: { change: 'type = Change', security: null } });
    expect(issues).toMatchObject({ security: null, change: 'type = Change', leaver: null });
  });

  it.each([
    [{ siteUrl: 'http://acme.atlassian.net' }],
    [{ siteUrl: 'https://acme.atlassian.net/jira' }],
    [{ siteUrl: 'https://user:password@acme.atlassian.net' }],
    [{ siteUrl, issues: { security: 'type = Bug order by key' } }],
    [{ siteUrl, issues: { securty: 'type = Bug' } }],
    [{ siteUrl, issues: { security: '' } }],
  ])('refuse %j', (wrong) => {
    expect(settings.safeParse(wrong).success).toBe(false);
  });
});
