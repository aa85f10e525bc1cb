import { defineEvidence, Expected, Gap, type Stream, stream, type Yielded } from '@evidence-fleet/connector-sdk';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { attempt, fakeConnector } from '../testing/fakes.ts';
import { MemoryLedger } from '../testing/memory-ledger.ts';

const common = { title: 'Things', version: 1, key: ['id'] } as const;
const thing = defineEvidence({
  ...common,
  name: 'fake.thing',
  mode: 'snapshot',
  schema: z.object({ id: z.string() }),
});
const change = defineEvidence({
  ...common,
  name: 'fake.change',
  mode: 'incremental',
  cursor: 'at',
  schema: z.object({ id: z.string(), at: z.string() }),
});
const described = { permissions: ['read'], docs: ['https://example.com/docs'], calls: { reads: [1] } };
type Item = Yielded<typeof thing>;

function listing(items: readonly Item[], probe?: Stream<unknown, typeof thing>['probe']) {
  const options = { ...described, ...(probe && { probe }) };
  return fakeConnector([
    stream(thing, options, async function* () {
      yield* items;
    }),
  ]);
}

describe('a first reading', () => {
  let ledger: MemoryLedger;
  beforeEach(() => {
    ledger = new MemoryLedger();
    ledger.tellsFirst = true;
  });

  it('is not called complete where the provider states no total; the second one confirms it', async () => {
    const connector = listing([{ id: 'a' }, { id: 'b' }]);
    expect((await attempt(ledger, { connector })).outcome).toEqual({ kind: 'done', state: 'partial' });
    expect(ledger.openGaps()).toMatchObject([{ scope: '*', reason: 'unconfirmed' }]);
    expect((await attempt(ledger, { connector })).outcome).toEqual({ kind: 'done', state: 'succeeded' });
    expect(ledger.openGaps()).toEqual([]);
  });

  it('of nothing is no proof of nothing', async () => {
    expect((await attempt(ledger, { connector: listing([]) })).outcome).toEqual({ kind: 'done', state: 'partial' });
  });

  it('is complete where it shows the total that the provider states', async () => {
    const connector = listing([new Expected(2), { id: 'a' }, { id: 'b' }]);
    expect((await attempt(ledger, { connector })).outcome).toEqual({ kind: 'done', state: 'succeeded' });
  });

  it('that showed less than the provider states is incomplete', async () => {
    const connector = listing([new Expected(3), { id: 'a' }, { id: 'b' }]);
    expect((await attempt(ledger, { connector })).outcome).toEqual({ kind: 'done', state: 'partial' });
    expect(ledger.openGaps()).toMatchObject([{ scope: '*', reason: 'incomplete' }]);
  });

  it('of changes is read again from the start: what it did not show would be behind the watermark', async () => {
    const sinces: (string | undefined)[] = [];
    const changes = stream(change, described, async function* (_client, { since }) {
      sinces.push(since);
      yield { id: 'a', at: '2026-01-01' };
    });
    for (let pass = 0; pass < 3; pass++) await attempt(ledger, { connector: fakeConnector([changes]) });
    expect(sinces).toEqual([undefined, undefined, '2026-01-01']);
  });
});

describe('a listing that shows less than the provider states', () => {
  const before = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];

  it('is complete when point reads find the rest', async () => {
    const ledger = new MemoryLedger();
    await attempt(ledger, { connector: listing(before) });
    const probe = async () => ({ id: 'c' });
    const connector = listing([new Expected(3), { id: 'a' }, { id: 'b' }], probe);
    expect((await attempt(ledger, { connector })).outcome).toEqual({ kind: 'done', state: 'succeeded' });
    expect(ledger.openGaps()).toEqual([]);
  });

  it('is not whole where the provider states no total and a point read finds what it left out', async () => {
    const ledger = new MemoryLedger();
    await attempt(ledger, { connector: listing(before) });
    const connector = listing([{ id: 'a' }, { id: 'b' }], async () => ({ id: 'c' }));
    expect((await attempt(ledger, { connector })).outcome).toEqual({ kind: 'done', state: 'partial' });
    expect(ledger.openGaps()).toMatchObject([{ scope: '*', reason: 'incomplete' }]);
    await attempt(ledger, { connector: listing(before) });
    expect(ledger.openGaps()).toEqual([]);
  });

  it('retires nothing, not even what a point read says is gone', async () => {
    const ledger = new MemoryLedger();
    await attempt(ledger, { connector: listing(before) });
    const connector = listing([new Expected(3), { id: 'a' }, { id: 'b' }], async () => null);
    expect((await attempt(ledger, { connector })).outcome).toEqual({ kind: 'done', state: 'partial' });
    expect(ledger.current('fake.thing').size).toBe(3);
    expect(ledger.openGaps()).toMatchObject([{ reason: 'incomplete' }]);
  });

  it('is not probed where it has a gap already', async () => {
    const ledger = new MemoryLedger();
    await attempt(ledger, { connector: listing(before) });
    let probes = 0;
    const probe = async () => {
      probes += 1;
      return null;
    };
    const gap = new Gap('thing:c', 'permission_denied', 'Grant read.', ['c']);
    await attempt(ledger, { connector: listing([{ id: 'a' }, { id: 'b' }, gap], probe) });
    expect(probes).toBe(0);
  });
});
