import { defineEvidence, stream } from '@evidence-fleet/connector-sdk';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { FenceLostError } from '../ports.ts';
import { attempt, fakeConnector } from '../testing/fakes.ts';
import { MemoryLedger } from '../testing/memory-ledger.ts';
import { createMemorySink } from '../testing/memory-sink.ts';

const described = { permissions: ['read'], docs: ['https://example.com/docs'], calls: { reads: [1] } };
function evidence<const Name extends string>(name: Name) {
  const schema = z.object({ id: z.string() });
  return defineEvidence({ name, title: name, version: 1, mode: 'snapshot', key: ['id'], schema });
}

describe('stopping', () => {
  it('keeps what was committed and writes nothing after the abort', async () => {
    const ledger = new MemoryLedger();
    const controller = new AbortController();
    const sink = createMemorySink(ledger, 'r');
    const writes: string[] = [];
    sink.beforeWrite = (call) => {
      writes.push(call);
    };
    const things = stream(evidence('fake.thing'), described, async function* () {
      yield { id: 'a' };
      yield { id: 'b' };
      yield { id: 'c' };
      controller.abort(new Error('shutdown'));
      await new Promise(() => {}); // a provider that never answers
    });
    const running = attempt(ledger, {
      connector: fakeConnector([things]),
      sink,
      batchLimits: { rows: 2, bytes: 1_000_000, ageMs: 60_000 },
      signal: controller.signal,
    });
    await expect(running).rejects.toThrow('shutdown');
    expect(writes).toEqual(['open', 'commit']);
    expect([...ledger.current('fake.thing').keys()]).toEqual(['a', 'b']);
  });

  it('stops every stream at once when another worker has the run', async () => {
    const ledger = new MemoryLedger();
    const sink = createMemorySink(ledger, 'r');
    const changes = stream(evidence('fake.change'), described, async function* () {
      await new Promise(() => {});
      yield { id: 'never' };
    });
    const things = stream(evidence('fake.thing'), described, async function* () {
      sink.loseFence();
      yield { id: 'a' };
    });
    const running = attempt(ledger, { connector: fakeConnector([things, changes]), sink });
    await expect(running).rejects.toBeInstanceOf(FenceLostError);
    expect(ledger.versions).toEqual([]);
    expect(ledger.streamRuns.every(({ status }) => status === null)).toBe(true);
  });
});
