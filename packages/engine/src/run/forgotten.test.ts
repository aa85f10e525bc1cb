import { defineEvidence, Gap, stream } from '@evidence-fleet/connector-sdk';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { attempt, fakeConnector } from '../testing/fakes.ts';
import { MemoryLedger } from '../testing/memory-ledger.ts';

const day = 24 * 3_600_000;
const described = { permissions: ['read'], docs: ['https://example.com/docs'], calls: { reads: [1] } };
const event = defineEvidence({
  name: 'fake.event',
  title: 'Events',
  version: 1,
  mode: 'event',
  key: ['id'],
  cursor: 'at',
  retention: { days: 90, docs: 'https://example.com/retention' },
  schema: z.object({ id: z.string(), at: z.string() }),
});

/** A source of events that remembers 90 days, read on chosen days. */
function createSource() {
  const ledger = new MemoryLedger();
  const asked: (string | undefined)[] = [];
  const read = async (onDay: number, { denied = false } = {}) => {
    const now = () => new Date(Date.UTC(2026, 0, 1) + onDay * day);
    ledger.now = now;
    const events = stream(event, described, async function* (_client, { since }) {
      asked.push(since);
      yield { id: `on-${onDay}`, at: String(onDay).padStart(4, '0') };
      if (denied) yield new Gap('event:x', 'permission_denied', 'Grant read.');
    });
    return (await attempt(ledger, { connector: fakeConnector([events]), now })).streams[0]?.status;
  };
  const forgotten = () => ledger.gaps.filter(({ reason }) => reason === 'forgotten');
  return { read, asked, forgotten, ledger };
}

describe('a source that forgets', () => {
  it('leaves nothing behind for passes that come in time, however long nothing happened', async () => {
    const { read, forgotten } = createSource();
    for (const onDay of [0, 89, 178]) expect(await read(onDay)).toBe('complete');
    expect(forgotten()).toEqual([]);
  });

  it('is a gap that names the span lost, from which the next pass goes on, and which that one closes', async () => {
    const { read, asked, forgotten, ledger } = createSource();
    await read(0);
    expect(await read(100)).toBe('partial');
    expect(forgotten()).toMatchObject([{ scope: 'since:2026-01-01T00:00:00.000Z', closedBy: null }]);
    expect(forgotten()[0]?.detail).toContain('from then to 2026-01-11T00:00:00.000Z is lost for good');
    expect(await read(101)).toBe('complete');
    expect(await read(102)).toBe('complete');
    expect(asked).toEqual([undefined, '0000', '0100', '0101']);
    expect(ledger.openGaps()).toEqual([]);
    expect(forgotten()).toHaveLength(1);
  });

  it('does not carry on from a pass that missed something else too', async () => {
    const { read, asked } = createSource();
    await read(0);
    expect(await read(100, { denied: true })).toBe('partial');
    expect(await read(101)).toBe('partial');
    expect(await read(102)).toBe('complete');
    expect(asked).toEqual([undefined, '0000', '0000', '0101']);
  });
});
