import { describe, expect, it } from '@jest/globals';
import { mfaForPeople } from '../controls/mfa-for-people.ts';
import { trailLoggingAllRegions } from '../controls/trail-logging-all-regions.ts';
import type { SliceProof } from './input.ts';
import { type Population, verdictOf } from './verdict.ts';

const now = new Date('2026-03-14T12:00:00Z');
const hours = (count: number) => new Date(now.getTime() + count * 3_600_000);
const read = (slice: string, hoursAgo = 2, status: SliceProof['status'] = 'complete'): SliceProof => ({
  slice,
  status,
  provenAt: hours(-hoursAgo),
});
const population = (over: Partial<Population>): Population => ({
  ...{ integrationId: 'a', type: 'github.org_member', counts: { pass: 3 }, slices: [read('')], decisiveSlices: [] },
  ...over,
});
const verdict = (...populations: Population[]) =>
  verdictOf(mfaForPeople, { now, populations, openGaps: 0, examples: [] });

describe('a verdict', () => {
  it('passes until the first slice that it rests on goes stale', () => {
    const stands = verdict(population({}), population({ integrationId: 'b', slices: [read('1', 5), read('2', 1)] }));
    expect(stands).toMatchObject({ status: 'pass', freshUntil: hours(21), why: { counts: { pass: 6, fail: 0 } } });
  });

  it('weighs fail over unknown over pass', () => {
    const failing = population({ counts: { pass: 3, fail: 1 }, decisiveSlices: [''] });
    const doubtful = population({ counts: { unknown: 1, pass: 9 } });
    expect(verdict(failing, doubtful, population({}))?.status).toBe('fail');
    expect(verdict(doubtful, population({}))?.status).toBe('unknown');
  });

  it('fails as long as one failing resource is fresh, whatever else is stale', () => {
    const slices = [read('1', 30), read('2', 6), read('3', 1)];
    const failing = population({ counts: { fail: 2, unknown: 1 }, slices, decisiveSlices: ['1', '2'] });
    expect(verdict(failing)).toMatchObject({
      status: 'fail',
      freshUntil: hours(20),
      why: { unread: ['github.org_member in 1'] },
    });
    expect(verdict(population({ counts: { fail: 1 }, slices, decisiveSlices: ['1'] }))?.status).toBe('unknown');
  });

  it.each<[string, Partial<Population>]>([
    ['a stale slice', { slices: [read('1'), read('2', 27)] }],
    ['a slice never read', { slices: [read('1'), { slice: '2', status: null, provenAt: null }] }],
    ['a partial last pass', { slices: [read('', 2, 'partial')] }],
    ['a failed last pass', { slices: [read('', 2, 'failed')] }],
    ['no slice at all', { slices: [] }],
    ['nothing found and nothing proven', { counts: {}, slices: [read('', 2, 'partial')] }],
  ])('never passes over %s', (_, over) => {
    const stands = verdict(population({}), population({ integrationId: 'b', ...over }));
    expect(stands?.status).toBe('unknown');
    expect(stands?.freshUntil.getTime()).toBeGreaterThanOrEqual(now.getTime());
    expect(stands?.why.unread).toHaveLength(1);
  });

  it('is not applicable where the population is proven empty, and not assessed where there is none', () => {
    expect(verdict(population({ counts: {} }))?.status).toBe('not_applicable');
    expect(verdict(population({ counts: { not_applicable: 4 } }))?.status).toBe('not_applicable');
    expect(verdict(population({ counts: {} }), population({ integrationId: 'b' }))?.status).toBe('pass');
    expect(verdict()).toBeNull();
  });

  it('rests on the slice of its witness only, where one witness is enough', () => {
    const slices = [read('eu-west-1', 1), read('us-east-1', 40, 'failed')];
    const trail = population({
      type: 'aws.cloudtrail_trail',
      counts: { pass: 1 },
      slices,
      decisiveSlices: ['eu-west-1'],
    });
    const of = (one: Population) =>
      verdictOf(trailLoggingAllRegions, { now, populations: [one], openGaps: 1, examples: [] });
    expect(of(trail)).toMatchObject({ status: 'pass', freshUntil: hours(25), why: { openGaps: 1, unread: [] } });
    expect(of({ ...trail, decisiveSlices: [] })?.status).toBe('unknown');
    const without = { ...trail, counts: { fail: 1 }, decisiveSlices: [] };
    expect(of(without)?.status).toBe('unknown');
    expect(of({ ...without, slices: [read('eu-west-1', 1), read('us-east-1', 3)] })).toMatchObject({
      status: 'fail',
      freshUntil: hours(23),
    });
  });

  it('shows examples of its own status', () => {
    const examples = (['unknown', 'fail', 'fail'] as const).map((status, index) => ({
      status,
      resource: `r${index}`,
      reason: '',
    }));
    const populations = [population({ counts: { fail: 2, unknown: 1 }, decisiveSlices: [''] })];
    const stands = verdictOf(mfaForPeople, { now, populations, openGaps: 0, examples });
    expect(stands?.why.examples.map(({ resource }) => resource)).toEqual(['r1', 'r2']);
  });
});
