import { describe, expect, it } from '@jest/globals';
import type { SliceProof } from './input.ts';
import { type Standing, verdictOf } from './verdict.ts';

const now = new Date('2026-03-14T12:00:00Z');
const hours = (count: number) => new Date(now.getTime() + count * 3_600_000);
const read = (slice: string, hoursAgo = 2, status: SliceProof['status'] = 'complete'): SliceProof => ({
  slice,
  status,
  provenAt: hours(-hoursAgo),
});
const none = { pass: 0, fail: 0, unknown: 0, not_applicable: 0 };
const verdict = ({ counts, ...over }: Partial<Omit<Standing, 'counts'>> & { counts?: Partial<Standing['counts']> }) =>
  verdictOf(
    { freshnessHours: 26 },
    {
      ...{ now, openGaps: 0, isComplete: true, provenAt: hours(-2), failureProvenAt: null },
      ...{ supports: [], unread: [], examples: [] },
      ...{ ...over, counts: { ...none, ...counts } },
    },
  );

describe('a verdict', () => {
  it('passes until the first thing that it rests on goes stale', () => {
    const stands = verdict({ counts: { pass: 6 }, provenAt: hours(-5) });
    expect(stands).toMatchObject({ status: 'pass', freshUntil: hours(21), why: { counts: { pass: 6, fail: 0 } } });
  });

  it('weighs fail over unknown over pass', () => {
    expect(verdict({ counts: { pass: 12, unknown: 1, fail: 1 }, failureProvenAt: hours(-2) }).status).toBe('fail');
    expect(verdict({ counts: { pass: 12, unknown: 1 } }).status).toBe('unknown');
  });

  it('fails as long as one failing resource is fresh, whatever else is stale', () => {
    const counts = { fail: 2, unknown: 1 };
    const unread = [{ type: 'github.org_member', slices: [read('1', 30), read('2', 6)] }];
    expect(verdict({ counts, provenAt: hours(-30), failureProvenAt: hours(-6), unread })).toMatchObject({
      ...{ status: 'fail', freshUntil: hours(20) },
      why: { unread: ['github.org_member in 1'] },
    });
    expect(verdict({ counts, provenAt: hours(-30), failureProvenAt: hours(-30) }).status).toBe('unknown');
  });

  it.each([
    ['something stale', { provenAt: hours(-27) }],
    ['something never read to its end', { provenAt: null }],
    ['something read in part', { isComplete: false }],
  ])('never passes over %s', (_, over) => {
    const stands = verdict({ counts: { pass: 3 }, ...over, unread: [{ type: 'github.org_member', slices: [] }] });
    expect(stands.status).toBe('unknown');
    expect(stands.freshUntil.getTime()).toBeGreaterThanOrEqual(now.getTime());
    expect(stands.why.unread).toEqual(['github.org_member']);
  });

  it('is not applicable where there is nothing to pass', () => {
    expect(verdict({}).status).toBe('not_applicable');
    expect(verdict({ counts: { not_applicable: 4 } }).status).toBe('not_applicable');
  });

  it.each<[string, readonly SliceProof[]]>([
    ['is stale', [read('', 27)]],
    ['was never read', []],
    ['was read in part', [read('1'), read('2', 2, 'partial')]],
    ['could not be read', [read('', 2, 'failed')]],
  ])('neither passes nor fails where what others tell %s', (_, slices) => {
    const supports = [{ type: 'okta.user', slices }];
    expect(verdict({ counts: { pass: 1 }, supports }).status).toBe('unknown');
    const failing = verdict({ counts: { fail: 1 }, failureProvenAt: hours(-1), supports });
    expect(failing.status).toBe('unknown');
    expect(failing.why.unread).toHaveLength(1);
  });

  it('stands no longer than what others tell', () => {
    const supports = [{ type: 'okta.user', slices: [read('', 20)] }];
    expect(verdict({ counts: { pass: 1 }, supports })).toMatchObject({ status: 'pass', freshUntil: hours(6) });
    const failing = verdict({ counts: { fail: 1 }, failureProvenAt: hours(-1), supports });
    expect(failing).toMatchObject({ status: 'fail', freshUntil: hours(6) });
  });

  it('shows examples of its own status', () => {
    const examples = (['unknown', 'fail', 'fail'] as const).map((status, index) => ({
      ...{ status, resource: `r${index}`, reason: '' },
    }));
    const stands = verdict({ counts: { fail: 2, unknown: 1 }, failureProvenAt: hours(-1), examples });
    expect(stands.why.examples.map(({ resource }) => resource)).toEqual(['r1', 'r2']);
  });
});
