import { ConnectorError, defineEvidence, Gap, type Stream, stream } from '@evidence-fleet/connector-sdk';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { attempt, fakeConnector } from '../testing/fakes.ts';
import { MemoryLedger } from '../testing/memory-ledger.ts';

const thing = defineEvidence({
  name: 'fake.thing',
  title: 'Things',
  version: 1,
  mode: 'snapshot',
  key: ['id'],
  schema: z.object({ id: z.string(), note: z.string().optional() }),
});
type Probe = NonNullable<Stream<unknown, typeof thing>['probe']>;

function listing(ids: readonly string[], probe?: Probe, gap?: Gap) {
  const described = {
    permissions: ['read'],
    docs: ['https://example.com/docs'],
    calls: { reads: [1] },
    ...(probe ? { probe } : {}),
  };
  const things = stream(thing, described, async function* () {
    for (const id of ids) yield { id, note: `\0${id}` };
    if (gap) yield gap;
  });
  return fakeConnector([things]);
}

const refused = (code: 'permission_denied' | 'not_found' | 'timeout') => async () => {
  throw new ConnectorError(code, 'refused');
};

describe('absence', () => {
  it('retires nothing when a stream had a gap', async () => {
    const ledger = new MemoryLedger();
    await attempt(ledger, { connector: listing(['a', 'b']) });
    const gap = new Gap('thing:c', 'permission_denied', 'Grant read.', ['c']);
    const probe = async () => null;
    for (let pass = 0; pass < 3; pass++) await attempt(ledger, { connector: listing(['a'], probe, gap) });
    expect([...ledger.current('fake.thing').keys()]).toEqual(['a', 'b']);
  });

  it('retires what a point read says is gone', async () => {
    const ledger = new MemoryLedger();
    const asked: unknown[] = [];
    await attempt(ledger, { connector: listing(['a', 'b']) });
    const probe: Probe = async (_client, lastKnown) => {
      asked.push(lastKnown);
      return null;
    };
    const { outcome } = await attempt(ledger, { connector: listing(['a'], probe) });
    expect(outcome).toEqual({ kind: 'done', state: 'succeeded' });
    expect(asked).toEqual([{ id: 'b', note: '\0b' }]);
    expect([...ledger.current('fake.thing').keys()]).toEqual(['a']);
    expect(ledger.versions.find(({ key }) => key[0] === 'b')?.endReason).toBe('deleted');
  });

  it('keeps what a point read still finds, with its latest contents, and does not call the list whole', async () => {
    const ledger = new MemoryLedger();
    await attempt(ledger, { connector: listing(['a', 'b']) });
    const probe = async () => ({ id: 'b', note: 'found' });
    for (let pass = 0; pass < 2; pass++) await attempt(ledger, { connector: listing(['a'], probe) });
    expect(ledger.current('fake.thing').get('b')).toEqual({ id: 'b', note: 'found' });
    expect(ledger.openGaps()).toMatchObject([{ scope: '*', reason: 'incomplete' }]);
  });

  it.each([
    ['may not be read', refused('permission_denied')],
    ['is not found, or hidden', refused('not_found')],
    ['answers as another resource', async () => ({ id: 'other' })],
    ['cannot be probed', undefined],
  ] as const)('waits for a second complete pass when the resource %s', async (_, probe) => {
    const ledger = new MemoryLedger();
    await attempt(ledger, { connector: listing(['a', 'b']) });
    const { outcome } = await attempt(ledger, { connector: listing(['a'], probe) });
    expect(outcome).toEqual({ kind: 'done', state: 'partial' });
    expect([...ledger.current('fake.thing').keys()]).toEqual(['a', 'b']);
    expect(ledger.openGaps()).toMatchObject([{ reason: 'absence_unproven' }]);
    await attempt(ledger, { connector: listing(['a'], probe) });
    expect([...ledger.current('fake.thing').keys()]).toEqual(['a']);
    expect(ledger.openGaps()).toEqual([]);
  });

  it('closes nothing when a point read times out', async () => {
    const ledger = new MemoryLedger();
    await attempt(ledger, { connector: listing(['a', 'b']) });
    const { outcome } = await attempt(ledger, { connector: listing(['a'], refused('timeout')) });
    expect(outcome.kind).toBe('retry');
    expect(ledger.lastRun('fake.thing')?.status).toBeNull();
  });

  it('asks for no more than the probe limit; the rest waits for a second pass', async () => {
    const ledger = new MemoryLedger();
    await attempt(ledger, { connector: listing(['a', 'b', 'c', 'd']) });
    const probe = async () => null;
    await attempt(ledger, { connector: listing(['a'], probe), probeLimit: 2 });
    expect(ledger.current('fake.thing').size).toBe(2);
  });

  it('holds everything under one gap, and probes nothing, when too much is missing at once', async () => {
    const ledger = new MemoryLedger();
    const all = Array.from({ length: 50 }, (_, index) => `${index}`);
    let probes = 0;
    const probe = async () => {
      probes += 1;
      return null;
    };
    await attempt(ledger, { connector: listing(all) });
    for (let pass = 0; pass < 2; pass++) await attempt(ledger, { connector: listing(all.slice(0, 35), probe) });
    expect(ledger.current('fake.thing').size).toBe(50);
    expect(ledger.openGaps()).toMatchObject([{ reason: 'mass_absence' }]);
    expect(probes).toBe(0);
  });
});
