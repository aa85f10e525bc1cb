import { describe, expect, it } from '@jest/globals';
import { PayloadError, parsePayload, prefixOf, queueNames, syncJobId } from './catalogue.ts';

const organizationId = '0197a000-0000-7000-8000-000000000001';
const runId = '0197a000-0000-7000-8000-000000000002';

describe('the job catalogue', () => {
  it('accepts ids and nothing beside them', () => {
    expect(parsePayload('sync', { organizationId, runId })).toEqual({ organizationId, runId });
    expect(() => parsePayload('sync', { organizationId, runId, token: 'x' })).toThrow(PayloadError);
    expect(() => parsePayload('health', { organizationId, runId })).toThrow(/integrationId/);
  });

  it('says what is wrong with a payload without repeating it', () => {
    expect(() => parsePayload('sync-now', { organizationId, runId: 'ghp_abcdef' })).toThrow(
      /not a payload of the queue sync-now: runId: Invalid/,
    );
    expect(() => parsePayload('sync-now', { organizationId, runId: 'ghp_abcdef' })).not.toThrow(/ghp_/);
    expect(() => parsePayload('sync', null)).toThrow(/payload: Invalid/);
  });

  it('puts every queue on a slot of its own', () => {
    const prefixes = queueNames.map((name) => prefixOf(name, undefined));
    expect(prefixes).toEqual(['{sync}', '{sync-now}', '{health}', '{notify}']);
    expect(prefixOf('sync', 'test')).toBe('{test-sync}');
  });

  it('makes ids that BullMQ takes', () => {
    expect(syncJobId({ runId, ring: 12 })).toBe(`${runId}-12`);
    expect(syncJobId({ runId, ring: 12 })).not.toContain(':');
  });
});
