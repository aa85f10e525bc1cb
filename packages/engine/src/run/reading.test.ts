import { Checkpoint, ConnectorError, defineEvidence, Expected, Gap, stream } from '@evidence-fleet/connector-sdk';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { attempt, fakeConnector } from '../testing/fakes.ts';
import { MemoryLedger } from '../testing/memory-ledger.ts';
import { createMemorySink } from '../testing/memory-sink.ts';

const described = { permissions: ['read'], docs: ['https://example.com/docs'], calls: { reads: [1] } };
const thing = defineEvidence({
  name: 'fake.thing',
  title: 'Things',
  version: 1,
  mode: 'snapshot',
  key: ['id'],
  schema: z.object({ id: z.string(), color: z.string().optional(), seenAt: z.string().optional() }),
  observed: ['seenAt'],
});
const change = defineEvidence({
  name: 'fake.change',
  title: 'Changes',
  version: 1,
  mode: 'incremental',
  key: ['id'],
  cursor: 'at',
  schema: z.object({ id: z.string(), at: z.string() }),
});
const limits = { rows: 2, bytes: 1_000_000, ageMs: 60_000 };

describe('reading a stream', () => {
  it('goes on at the last committed checkpoint, with the same run', async () => {
    const ledger = new MemoryLedger();
    const resumes: (string | undefined)[] = [];
    const things = stream(thing, described, async function* (_client, { resume }) {
      resumes.push(resume);
      if (resume === undefined) {
        yield { id: 'a' };
        yield new Checkpoint('page\0two');
        throw new ConnectorError('service_unavailable', 'down');
      }
      yield { id: 'b' };
    });
    const connector = fakeConnector([things]);

    const first = await attempt(ledger, { connector, run: 'r' });
    expect(first.outcome).toMatchObject({ kind: 'retry', error: { code: 'service_unavailable' } });
    expect(first.streams).toMatchObject([{ status: 'open', error: { code: 'service_unavailable' } }]);

    const second = await attempt(ledger, { connector, run: 'r' });
    expect(second.outcome).toEqual({ kind: 'done', state: 'succeeded' });
    expect(resumes).toEqual([undefined, 'page\0two']);
    expect([...ledger.current('fake.thing').keys()]).toEqual(['a', 'b']);
    expect(ledger.streamRuns).toMatchObject([{ status: 'complete' }]);
  });

  it('loses no row that stood before a checkpoint, whichever commit is the last', async () => {
    const things = stream(thing, described, async function* (_client, { resume }) {
      for (const id of ['a', 'b', 'c', 'd'].filter((one) => resume === undefined || one > resume)) {
        yield { id };
        yield new Checkpoint(id);
      }
    });
    const connector = fakeConnector([things]);
    for (const last of [1, 2, 3, 4]) {
      const ledger = new MemoryLedger();
      const sink = createMemorySink(ledger, 'r');
      let commits = 0;
      sink.beforeWrite = (call) => {
        if (call === 'commit' && ++commits > last) throw new Error('the worker died');
      };
      await attempt(ledger, { connector, sink, batchLimits: limits }).catch((error: Error) =>
        expect(error.message).toBe('the worker died'),
      );
      await attempt(ledger, { connector, run: 'r', batchLimits: limits });
      expect([...ledger.current('fake.thing').keys()]).toEqual(['a', 'b', 'c', 'd']);
    }
  });

  it('is partial after a resume when the gap was shown before the checkpoint', async () => {
    const ledger = new MemoryLedger();
    const things = stream(thing, described, async function* (_client, { resume }) {
      if (resume !== undefined) return;
      yield new Gap('thing:x', 'permission_denied', 'Grant read.', ['x']);
      yield new Checkpoint('end');
      throw new ConnectorError('timeout', 'slow');
    });
    await attempt(ledger, { connector: fakeConnector([things]), run: 'r' });
    const { outcome } = await attempt(ledger, { connector: fakeConnector([things]), run: 'r' });
    expect(outcome).toEqual({ kind: 'done', state: 'partial' });
  });

  it('commits at a checkpoint once many calls would have to be made again, and not at every one', async () => {
    const ledger = new MemoryLedger();
    const sink = createMemorySink(ledger, 'r');
    const commitsAt: number[] = [];
    sink.beforeWrite = (call) => {
      if (call === 'commit') commitsAt.push(calls);
    };
    let calls = 0;
    const things = stream(thing, described, async function* () {
      yield new Expected(12);
      for (let page = 1; page <= 12; page += 1) {
        calls += 5;
        yield { id: `row ${page}` };
        yield new Checkpoint(String(page));
      }
    });
    const made = { operation: 'x', retries: 0, throttled: 0, failed: 0, responseBytes: 0, waitedMs: 0 };
    const meter = { snapshot: () => [{ ...made, calls }] };
    const batchLimits = { rows: 1_000, bytes: 1_000_000, ageMs: 60_000 };
    await attempt(ledger, { connector: fakeConnector([things]), run: 'r', sink, meter, batchLimits });
    expect([...new Set(commitsAt)]).toEqual([10, 20, 30, 40, 50, 60]);
  });

  it('reads one batch ahead while a commit is pending, and no more', async () => {
    const ledger = new MemoryLedger();
    const sink = createMemorySink(ledger, 'r');
    const reached = Promise.withResolvers<void>();
    const commit = Promise.withResolvers<void>();
    sink.beforeWrite = (call) => {
      if (call !== 'commit') return;
      reached.resolve();
      return commit.promise;
    };
    let pulled = 0;
    const things = stream(thing, described, async function* () {
      for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
        pulled += 1;
        yield { id };
      }
    });
    const running = attempt(ledger, { connector: fakeConnector([things]), sink, batchLimits: limits });
    await reached.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect(pulled).toBe(4);
    commit.resolve();
    await running;
    expect(pulled).toBe(6);
    expect(ledger.lastRun('fake.thing')?.batches).toEqual([2, 2, 2]);
  });

  it('commits a waiting row while the provider is slow', async () => {
    const ledger = new MemoryLedger();
    const sink = createMemorySink(ledger, 'r');
    const committed = Promise.withResolvers<void>();
    sink.beforeWrite = (call) => {
      if (call === 'commit') committed.resolve();
    };
    const things = stream(thing, described, async function* () {
      yield { id: 'a' };
      await committed.promise; // the provider answers only when the first row is stored
      yield { id: 'b' };
    });
    const { outcome } = await attempt(ledger, {
      connector: fakeConnector([things]),
      sink,
      batchLimits: { ...limits, ageMs: 1 },
    });
    expect(outcome).toEqual({ kind: 'done', state: 'succeeded' });
    expect([...ledger.current('fake.thing').keys()]).toEqual(['a', 'b']);
  });

  it('keeps the last of two rows with one key', async () => {
    const ledger = new MemoryLedger();
    const things = stream(thing, described, async function* () {
      yield { id: 'a', color: 'red' };
      yield { id: 'a', color: 'blue' };
    });
    await attempt(ledger, { connector: fakeConnector([things]) });
    expect(ledger.current('fake.thing')).toEqual(new Map([['a', { id: 'a', color: 'blue' }]]));
    expect(ledger.versions).toHaveLength(1);
  });

  it('writes no version when only observed values moved', async () => {
    const ledger = new MemoryLedger();
    const seenAt = (value: string) =>
      fakeConnector([
        stream(thing, described, async function* () {
          yield { id: 'a', seenAt: value };
        }),
      ]);
    await attempt(ledger, { connector: seenAt('monday') });
    await attempt(ledger, { connector: seenAt('tuesday') });
    expect(ledger.versions).toHaveLength(1);
    expect([...ledger.heads.values()]).toMatchObject([{ observed: { seenAt: 'tuesday' } }]);
  });

  it('turns a resource past the size limit into a gap and reads the rest', async () => {
    const ledger = new MemoryLedger();
    const things = stream(thing, described, async function* () {
      yield { id: 'big', color: 'x'.repeat(300 * 1024) };
      yield { id: 'small' };
    });
    const { outcome } = await attempt(ledger, { connector: fakeConnector([things]) });
    expect(outcome).toEqual({ kind: 'done', state: 'partial' });
    expect(ledger.openGaps()).toMatchObject([{ scope: 'thing:big', reason: 'too_large', keySha: expect.any(String) }]);
    expect([...ledger.current('fake.thing').keys()]).toEqual(['small']);
  });

  it('is incomplete when fewer resources came than the provider promised', async () => {
    const ledger = new MemoryLedger();
    const things = stream(thing, described, async function* () {
      yield new Expected(2);
      yield { id: 'a' };
      yield { id: 'a' };
    });
    const { outcome } = await attempt(ledger, { connector: fakeConnector([things]) });
    expect(outcome).toEqual({ kind: 'done', state: 'partial' });
    expect(ledger.openGaps()).toMatchObject([{ scope: '*', reason: 'incomplete' }]);
  });

  it('goes on from the watermark of the last complete pass, also after a pass that saw nothing', async () => {
    const ledger = new MemoryLedger();
    const seen: (string | undefined)[] = [];
    const rows = [
      [
        { id: 'a', at: '2026-01-02' },
        { id: 'b', at: '2026-01-01' },
      ],
      [],
      [],
    ];
    const changes = stream(change, described, async function* (_client, { since }) {
      yield* rows[seen.length] ?? [];
      seen.push(since);
    });
    for (const _ of rows) await attempt(ledger, { connector: fakeConnector([changes]) });
    expect(seen).toEqual([undefined, '2026-01-02', '2026-01-02']);
    expect(ledger.current('fake.change').size).toBe(2); // an incremental pass retires nothing
  });
});
