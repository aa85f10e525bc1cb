import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { mfaForPeople } from '../controls/mfa-for-people.ts';
import { trailLoggingAllRegions } from '../controls/trail-logging-all-regions.ts';
import type { Test } from '../quantifiers.ts';
import type { Finding, JudgedRow, OpenGap, SliceProof } from './input.ts';
import { judge } from './judge.ts';

const now = new Date('2026-03-14T12:00:00Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
const sha = (text: string) => createHash('sha256').update(text).digest();
const bySha =
  <T>(shaOf: (item: T) => Uint8Array) =>
  (one: T, other: T) =>
    Buffer.compare(shaOf(one), shaOf(other));

const read = (slice: string, over: Partial<SliceProof> = {}): SliceProof => ({
  slice,
  status: 'complete',
  provenAt: hoursAgo(1),
  ...over,
});
const gapOf = (scope: string, over: Partial<OpenGap> = {}): OpenGap => ({
  resourceSha: sha(scope),
  slice: '1',
  scope,
  detail: `${scope} was denied.`,
  ...over,
});
const member = (login: string, twoFactor: boolean | null, over: Partial<JudgedRow> = {}): JudgedRow => ({
  keySha: sha(login),
  key: [1, login],
  slice: '1',
  material: { orgId: 1, userId: login.length, login, role: 'member', twoFactor },
  isMissing: false,
  ...over,
});
const trail = (name: string, region: string, isLogging = true, over: Partial<JudgedRow> = {}): JudgedRow => ({
  keySha: sha(name),
  key: ['111122223333', name],
  slice: region,
  material: {
    ...{ accountId: '111122223333', arn: name, name, homeRegion: region, isLogging, isMultiRegion: true },
    ...{ isOrganizationTrail: false, includesGlobalEvents: true, validatesLogFiles: true, s3BucketName: 'logs' },
    ...{ kmsKeyId: null, cloudWatchLogsGroupArn: null, managementEvents: 'all', recordsDataEvents: false },
    deliveryError: null,
  },
  isMissing: false,
  ...over,
});

async function* from<T>(items: readonly T[]) {
  yield* items;
}

async function judged(test: Test | undefined, rows: JudgedRow[], gaps: OpenGap[], slices: SliceProof[]) {
  if (!test) throw new Error('the control has no such test');
  const input = {
    ...{ account: 'Acme', now, slices },
    rows: from(rows.toSorted(bySha((row) => row.keySha))),
    gaps: from(gaps.toSorted(bySha((gap) => gap.resourceSha))),
  };
  return Array.fromAsync(judge(test, 26, input));
}
const said = (findings: Finding[]) =>
  Object.fromEntries(
    findings.map(({ resource, status, reason }) => [resource, reason ? `${status}: ${reason}` : status]),
  );

const members = mfaForPeople.tests.find(({ evidence }) => evidence === 'github.org_member');
const trails = trailLoggingAllRegions.tests[0];
const trailLogging = () => {
  if (!trails) throw new Error('the control has no test');
  return trails;
};

describe('every', () => {
  it('gives each resource an answer of its own', async () => {
    const findings = await judged(
      members,
      [member('ada', true), member('bob', false), member('eve', null)],
      [],
      [read('1')],
    );
    expect(said(findings)).toEqual({
      ada: 'pass',
      bob: 'fail: Has no second factor.',
      eve: 'unknown: GitHub tells only owners of the organization who has a second factor.',
    });
  });

  it('believes nothing of a resource under a gap, missing, or in a slice that is no longer read', async () => {
    const rows = [
      member('ada', true),
      member('bob', true, { isMissing: true }),
      member('eve', true, { slice: '2' }),
      member('sam', true),
    ];
    const findings = await judged(members, rows, [gapOf('user:1', { resourceSha: sha('ada') })], [read('1')]);
    expect(said(findings)).toEqual({
      ada: 'unknown: user:1 was denied.',
      bob: 'unknown: The last complete reading did not show it, and nothing proves it gone.',
      eve: 'unknown: 2 is not read any more.',
      sam: 'pass',
    });
  });

  it('finds what was never read: a gap, a stale slice, a slice without a pass, a type without any', async () => {
    const slices = [read('1'), read('2', { provenAt: hoursAgo(27) }), read('3', { status: null, provenAt: null })];
    expect(said(await judged(members, [], [gapOf('user:7')], slices))).toEqual({
      'user:7': 'unknown: user:7 was denied.',
      'github.org_member in 2': 'unknown: Last read to its end at 2026-03-13T09:00:00.000Z, more than 26 hours ago.',
      'github.org_member in 3': 'unknown: Never read to its end.',
    });
    expect(said(await judged(members, [], [], []))).toEqual({ 'github.org_member': 'unknown: Never read to its end.' });
  });

  it('yields findings in the order of their SHA, one a resource', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `user-${index}`);
    const rows = names.slice(0, 200).map((name) => member(name, true));
    const gaps = names.slice(100).flatMap((name) => [gapOf(name), gapOf(name)]);
    const slices = names.slice(0, 50).map((name) => read(name, { provenAt: null }));
    const shas = (await judged(members, rows, gaps, slices)).map(({ resourceSha }) =>
      Buffer.from(resourceSha).toString('hex'),
    );
    expect(shas).toHaveLength(350);
    expect(shas).toEqual([...new Set(shas)].toSorted());
  });

  it('reads a version stored before a field existed, and says unknown where that field is asked for', async () => {
    const { twoFactor, ...older } = member('ada', true).material;
    const findings = await judged(members, [member('ada', true, { material: older })], [], [read('1')]);
    expect(said(findings)).toEqual({ ada: 'unknown: Stored before "twoFactor" was collected.' });
    const other = await judged(members, [member('bob', true, { material: { login: 7 } })], [], [read('1')]);
    expect(said(other)).toEqual({ '1/bob': 'unknown: Stored by an earlier version of this evidence type.' });
    expect(twoFactor).toBe(true);
  });
});

describe('some', () => {
  const regions = [read('eu-west-1'), read('us-east-1')];

  it('passes by one witness, though another part could not be read', async () => {
    const unread = read('us-east-1', { status: 'failed', provenAt: null });
    const rows = [trail('main', 'eu-west-1'), trail('old', 'eu-west-1', false)];
    const findings = await judged(trails, rows, [gapOf('*', { slice: 'us-east-1' })], [read('eu-west-1'), unread]);
    expect(findings).toEqual([{ resourceSha: sha('main'), resource: 'main in eu-west-1', status: 'pass', reason: '' }]);
  });

  it('closes its sources when a witness ends the search', async () => {
    let closed = 0;
    async function* watched<T>(items: T[]) {
      try {
        yield* items;
        throw new Error('read to the end');
      } finally {
        closed += 1;
      }
    }
    const rows = [trail('main', 'eu-west-1'), trail('other', 'eu-west-1', true, { keySha: Buffer.alloc(32, 0xff) })];
    const gaps = [gapOf('late', { resourceSha: Buffer.alloc(32, 0xff) })];
    const input = { account: 'Acme', now, slices: regions, rows: watched([...rows, ...rows]), gaps: watched(gaps) };
    expect(await Array.fromAsync(judge(trailLogging(), 26, input))).toMatchObject([{ status: 'pass' }]);
    expect(closed).toBe(2);
  });

  it('fails once for the account when everything was read and nothing passes', async () => {
    for (const rows of [[], [trail('old', 'eu-west-1', false)]]) {
      expect(said(await judged(trails, rows, [], regions))).toEqual({
        Acme: 'fail: No trail is logging all management events of all regions and delivering them.',
      });
    }
  });

  it.each<[string, JudgedRow[], OpenGap[], SliceProof[]]>([
    ['a gap', [trail('old', 'eu-west-1', false)], [gapOf('trail:x')], regions],
    ['a slice never read', [], [], [read('eu-west-1'), read('us-east-1', { provenAt: null })]],
    ['a slice that was read partially', [], [], [read('eu-west-1', { status: 'partial' })]],
    ['a type never read', [], [], []],
    ['a witness under a gap', [trail('main', 'eu-west-1')], [gapOf('t', { resourceSha: sha('main') })], regions],
    ['a missing witness', [trail('main', 'eu-west-1', true, { isMissing: true })], [], regions],
    ['a stale witness', [trail('main', 'eu-west-1')], [], [read('eu-west-1', { provenAt: hoursAgo(27) })]],
    [
      'a witness that a partial pass may not have shown',
      [trail('main', 'eu-west-1')],
      [],
      [read('eu-west-1', { status: 'partial' })],
    ],
  ])('is unknown, never pass or fail, with %s', async (_, rows, gaps, slices) => {
    const findings = await judged(trails, rows, gaps, slices);
    expect(findings).toMatchObject([{ resource: 'Acme', status: 'unknown' }]);
    expect(findings[0]?.reason).toMatch(/^Nothing that was read is enough, and not everything was read\. ./);
  });
});
