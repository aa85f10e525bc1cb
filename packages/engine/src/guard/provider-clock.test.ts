import { ConnectorError } from '@evidence-fleet/connector-sdk';
import { describe, expect, it } from '@jest/globals';
import { errorInOurTime, providerNow, toOurTime } from './provider-clock.ts';

const theirs = new Date('2026-03-01T12:00:00Z');
const headers = new Headers({ date: theirs.toUTCString() });

describe('a time that the provider names', () => {
  it.each([-10, 0, 10])('is as far away as it says, with our clock %d minutes off', (minutes) => {
    const ours = new Date(theirs.getTime() + minutes * 60_000 + 300);
    const now = providerNow(headers, ours);
    const resetAt = new Date(now.getTime() + 30_000);
    expect(toOurTime(resetAt, now, ours).getTime() - ours.getTime()).toBe(30_000);
    const error = new ConnectorError('rate_limited', 'slow down', { retryAt: resetAt, providerCode: '403' });
    const moved = errorInOurTime(error, now, ours);
    expect(moved).toMatchObject({ code: 'rate_limited', message: 'slow down', providerCode: '403' });
    expect(moved.retryAt).toEqual(new Date(ours.getTime() + 30_000));
  });

  it.each(['', 'yesterday'])('is taken by our clock when the answer is dated "%s"', (date) => {
    const ours = new Date();
    expect(providerNow(new Headers(date === '' ? {} : { date }), ours)).toBe(ours);
  });
});
