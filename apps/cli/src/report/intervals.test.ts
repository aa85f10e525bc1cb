import type { PastVerdict } from '@evidence-fleet/db';
import { describe, expect, it } from '@jest/globals';
import { durationsOf, intervalsOf } from './intervals.ts';

const at = (hour: number) => new Date(Date.UTC(2026, 2, 14, hour));
const period = { from: at(6), to: at(18) };

function verdict(status: PastVerdict['status'], from: number, to: number | null, until = 48, why = {}): PastVerdict {
  const validTo = to === null ? null : at(to);
  return { id: `v${from}`, status, why, freshUntil: at(until), validFrom: at(from), validTo, fromRunId: `r${from}` };
}

const shown = (verdicts: readonly PastVerdict[], hadBefore = false) =>
  intervalsOf({ verdicts, hadBefore }, period).map(
    ({ status, from, to, reason }) =>
      `${from.getUTCHours()}-${to.getUTCHours()} ${status}${reason ? ` ${reason}` : ''}`,
  );

describe('the intervals of a control', () => {
  it('are unknown before the first verdict, and cut to the period', () => {
    expect(shown([verdict('pass', 9, 12), verdict('fail', 12, null, 48, { counts: { fail: 2 } })])).toEqual([
      '6-9 unknown Not judged yet.',
      '9-12 pass',
      '12-18 fail 2 failing.',
    ]);
    expect(shown([verdict('pass', 1, 7), verdict('unknown', 7, null, 48, { openGaps: 1 })], true)).toEqual([
      '6-7 pass',
      '7-18 unknown 1 open gap.',
    ]);
  });

  it('are unknown from where a verdict was too old', () => {
    const stale = 'unknown Not read again in time: what was known was good until 2026-03-14T10:00:00.000Z.';
    expect(shown([verdict('pass', 6, null, 10)])).toEqual(['6-10 pass', `10-18 ${stale}`]);
    const kept = verdict('unknown', 10, 14, 10, { stale: true });
    expect(shown([verdict('pass', 6, 10, 10), kept, verdict('pass', 14, null)])).toEqual([
      '6-10 pass',
      `10-14 ${stale}`,
      '14-18 pass',
    ]);
    expect(shown([verdict('fail', 1, null, 3)], true)[0]).toMatch(/^6-18 unknown Not read again/);
  });

  it('are unknown where no integration was concerned, and for a period without a verdict', () => {
    const none = 'unknown Not judged: there was no integration that it concerns.';
    expect(shown([verdict('pass', 6, 8), verdict('pass', 12, 14)])).toEqual([
      '6-8 pass',
      `8-12 ${none}`,
      '12-14 pass',
      `14-18 ${none}`,
    ]);
    expect(shown([])).toEqual(['6-18 unknown Not judged yet.']);
    expect(shown([], true)).toEqual([`6-18 ${none}`]);
  });

  it('name what was not read and one example, and are joined where they say the same', () => {
    const why = { unread: ['a in b'], examples: [{ resource: 'x', reason: 'Denied.' }] };
    expect(shown([verdict('unknown', 6, 9, 48, why), verdict('unknown', 9, null, 48, why)])).toEqual([
      '6-18 unknown Not read to its end in time: a in b. x: Denied.',
    ]);
  });

  it('make up the period', () => {
    const durations = durationsOf(intervalsOf({ verdicts: [verdict('pass', 9, 12)], hadBefore: false }, period));
    expect(durations).toEqual({ pass: 3 * 3_600_000, fail: 0, unknown: 9 * 3_600_000, not_applicable: 0 });
  });
});
