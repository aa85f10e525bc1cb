import { describe, expect, it } from '@jest/globals';
import { proofOf } from './proof.ts';
import type { SliceProof } from './read-slices.ts';

const at = (hour: number) => new Date(Date.UTC(2026, 2, 14, hour));
const read = (slice: string, hour: number, status: SliceProof['status'] = 'complete'): SliceProof => ({
  slice,
  status,
  provenAt: at(hour),
});

describe('what a population rests on', () => {
  it('is its oldest slice, where every resource has to pass, and a failure rests on its own', () => {
    const slices = [read('1', 5), read('2', 9), read('3', 7)];
    expect(proofOf('every', slices, [])).toEqual({ isComplete: true, provenAt: at(5), failureProvenAt: null });
    expect(proofOf('every', slices, ['1', '3'])).toEqual({ isComplete: true, provenAt: at(5), failureProvenAt: at(7) });
  });

  it.each<[string, readonly SliceProof[]]>([
    ['a slice never read', [read('1', 5), { slice: '2', status: null, provenAt: null }]],
    ['a partial last pass', [read('', 5, 'partial')]],
    ['a failed last pass', [read('', 5, 'failed')]],
    ['no slice at all', []],
  ])('is not complete where there is %s', (_, slices) => {
    expect(proofOf('every', slices, []).isComplete).toBe(false);
    expect(proofOf('some', slices, []).isComplete).toBe(false);
  });

  it('is a failure that was shown by a pass which others could not follow', () => {
    expect(proofOf('every', [read('', 5, 'failed')], [''])).toEqual({
      ...{ isComplete: false, provenAt: at(5), failureProvenAt: at(5) },
    });
  });

  it('is the slice of the witness only, where one is enough, and every slice where there is none', () => {
    const slices = [read('eu-west-1', 9), read('us-east-1', 5, 'failed')];
    expect(proofOf('some', slices, ['eu-west-1'])).toMatchObject({ isComplete: true, provenAt: at(9) });
    expect(proofOf('some', slices, [])).toMatchObject({ isComplete: false, provenAt: at(5) });
    const all = [read('eu-west-1', 9), read('us-east-1', 5)];
    expect(proofOf('some', all, [])).toEqual({ isComplete: true, provenAt: at(5), failureProvenAt: at(5) });
  });
});
