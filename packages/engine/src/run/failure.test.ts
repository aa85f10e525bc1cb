import {
  ConnectorError,
  type ConnectorErrorCode,
  defineEvidence,
  type Slice,
  stream,
} from '@evidence-fleet/connector-sdk';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { attempt, fakeConnector } from '../testing/fakes.ts';
import { MemoryLedger } from '../testing/memory-ledger.ts';
import { createMemorySink } from '../testing/memory-sink.ts';

const described = { permissions: ['read'], docs: ['https://example.com/docs'], calls: { reads: [1] } };
function evidence(name: string) {
  const schema = z.object({ id: z.string() });
  return defineEvidence({ name: `fake.${name}`, title: name, version: 1, mode: 'snapshot', key: ['id'], schema });
}
const good = stream(evidence('good'), described, async function* () {
  yield { id: 'fine' };
});
function broken(error: unknown) {
  return stream(evidence('broken'), described, async function* () {
    yield { id: 'read before' };
    throw error;
  });
}
function sliced(slices: () => Promise<readonly Slice[]>) {
  return stream(evidence('sliced'), { ...described, slices }, async function* (_client, { slice }) {
    yield { id: slice.id };
  });
}
const retryAt = new Date('2030-01-01T00:00:00Z');
const at = (code: ConnectorErrorCode) => new ConnectorError(code, `It is ${code}.`, { retryAt });

describe('an error inside one stream', () => {
  it.each(['permission_denied', 'not_found', 'malformed'] as const)(
    '%s keeps what was read, fails that stream under one gap, and lets the others go on',
    async (code) => {
      const ledger = new MemoryLedger();
      const { outcome, streams } = await attempt(ledger, { connector: fakeConnector([broken(at(code)), good]) });
      expect(outcome).toEqual({ kind: 'done', state: 'partial' });
      expect(streams).toMatchObject([{ status: 'failed', error: { code } }, { status: 'complete' }]);
      expect(ledger.openGaps()).toMatchObject([
        { type: 'fake.broken', scope: '*', reason: code, detail: `It is ${code}.` },
      ]);
      expect(ledger.current('fake.broken').size).toBe(1);
    },
  );

  it.each(['service_unavailable', 'timeout'] as const)('%s leaves that stream open for a retry', async (code) => {
    const ledger = new MemoryLedger();
    const { outcome, streams } = await attempt(ledger, { connector: fakeConnector([broken(at(code)), good]) });
    expect(outcome).toMatchObject({ kind: 'retry', error: { code } });
    expect(streams).toMatchObject([{ status: 'open' }, { status: 'complete' }]);
    expect(ledger.openGaps()).toEqual([]);
  });

  it.each(['service_unavailable', 'timeout'] as const)('%s on the last attempt is a gap', async (code) => {
    const ledger = new MemoryLedger();
    const { outcome } = await attempt(ledger, {
      connector: fakeConnector([broken(at(code)), good]),
      lastAttempt: true,
    });
    expect(outcome).toEqual({ kind: 'done', state: 'partial' });
    expect(ledger.openGaps()).toMatchObject([{ scope: '*', reason: 'unread' }]);
  });

  it('rate_limited snoozes until the provider allows it, also on the last attempt', async () => {
    const connector = fakeConnector([broken(at('rate_limited')), good]);
    const { outcome } = await attempt(new MemoryLedger(), { connector, lastAttempt: true });
    expect(outcome).toEqual({ kind: 'snooze', until: retryAt });
  });

  it('rate_limited is a gap when the run has waited long enough', async () => {
    const ledger = new MemoryLedger();
    const connector = fakeConnector([broken(at('rate_limited')), good]);
    const { outcome } = await attempt(ledger, { connector, mayWait: false });
    expect(outcome).toEqual({ kind: 'done', state: 'partial' });
    expect(ledger.openGaps()).toMatchObject([{ reason: 'unread' }]);
  });

  it.each(['authentication_failed', 'configuration_error'] as const)(
    '%s ends the run and leaves no stream open',
    async (code) => {
      const ledger = new MemoryLedger();
      const endless = stream(evidence('endless'), described, async function* () {
        yield { id: 'a' };
        await new Promise(() => {});
      });
      const { outcome } = await attempt(ledger, { connector: fakeConnector([endless, broken(at(code))]) });
      expect(outcome).toMatchObject({ kind: 'reject', error: { code } });
      expect(ledger.streamRuns.map(({ status }) => status)).toEqual(['failed', 'failed']);
      expect(ledger.openGaps().map(({ reason }) => reason)).toEqual(['unread', 'unread']);
    },
  );

  it('that nobody expected fails the stream as internal and shows nothing of its message', async () => {
    const ledger = new MemoryLedger();
    const { outcome, streams } = await attempt(ledger, { connector: fakeConnector([broken(new Error('s3cret'))]) });
    expect(outcome).toEqual({ kind: 'done', state: 'failed' });
    expect(streams).toMatchObject([{ status: 'failed', error: { code: 'internal' } }]);
    expect(JSON.stringify([streams, ledger.gaps])).not.toContain('s3cret');
  });

  it('of a stream closed earlier still counts in the last attempt of the run', async () => {
    const ledger = new MemoryLedger();
    const flaky = { down: true };
    const later = stream(evidence('later'), described, async function* () {
      if (flaky.down) throw at('timeout');
      yield { id: 'a' };
    });
    const connector = fakeConnector([broken(at('permission_denied')), later]);
    expect((await attempt(ledger, { connector, run: 'r' })).outcome.kind).toBe('retry');
    flaky.down = false;
    const { outcome, streams } = await attempt(ledger, { connector, run: 'r' });
    expect(outcome).toEqual({ kind: 'done', state: 'partial' });
    expect(streams).toMatchObject([{ status: 'failed', counts: null }, { status: 'complete' }]);
  });
});

describe('slices', () => {
  it('are read each on its own, and one that is no longer listed is held', async () => {
    const ledger = new MemoryLedger();
    await attempt(ledger, { connector: fakeConnector([sliced(async () => [{ id: 'eu' }, { id: 'us' }])]) });
    expect([...ledger.current('fake.sliced').keys()].sort()).toEqual(['eu', 'us']);
    await attempt(ledger, { connector: fakeConnector([sliced(async () => [{ id: 'eu' }])]) });
    expect(ledger.openGaps()).toMatchObject([{ slice: 'us', scope: '*' }]);
    expect(ledger.current('fake.sliced').size).toBe(2);
  });

  it('that cannot be listed fail the stream; the gap closes when they can', async () => {
    const ledger = new MemoryLedger();
    const denied = sliced(() => Promise.reject(at('permission_denied')));
    const { outcome } = await attempt(ledger, { connector: fakeConnector([denied, good]) });
    expect(outcome).toEqual({ kind: 'done', state: 'partial' });
    expect(ledger.openGaps()).toMatchObject([{ type: 'fake.sliced', slice: '', reason: 'permission_denied' }]);
    await attempt(ledger, { connector: fakeConnector([sliced(async () => [{ id: 'eu' }]), good]) });
    expect(ledger.openGaps()).toEqual([]);
  });
});

describe('an error before anything is read', () => {
  it.each([
    ['authentication_failed', 'reject'],
    ['permission_denied', 'reject'],
    ['not_found', 'reject'],
    ['configuration_error', 'reject'],
    ['rate_limited', 'snooze'],
    ['service_unavailable', 'retry'],
    ['timeout', 'retry'],
    ['malformed', 'retry'],
  ] as const)('%s ends as %s', async (code, kind) => {
    const check = () => Promise.reject(at(code));
    const { outcome, checked } = await attempt(new MemoryLedger(), { connector: fakeConnector([good], { check }) });
    expect(outcome.kind).toBe(kind);
    expect(checked).toBeNull();
  });

  it('rejects a credential that the worker does not want, before any write', async () => {
    const ledger = new MemoryLedger();
    const onChecked = () => Promise.reject(new ConnectorError('configuration_error', 'Another account.'));
    const { outcome } = await attempt(ledger, { connector: fakeConnector([good]), onChecked });
    expect(outcome).toMatchObject({ kind: 'reject', error: { message: 'Another account.' } });
    expect(ledger.streamRuns).toEqual([]);
  });

  it('reads only the types asked for, and names the known ones when asked for another', async () => {
    const ledger = new MemoryLedger();
    const connector = fakeConnector([good, broken(new Error('not asked for'))]);
    const { streams } = await attempt(ledger, { connector, types: ['fake.good'] });
    expect(streams).toHaveLength(1);
    const { outcome } = await attempt(ledger, { connector, types: ['fake.nothing'] });
    expect(outcome).toMatchObject({
      kind: 'reject',
      error: { message: expect.stringContaining('fake.good, fake.broken') },
    });
  });
});

it('a sink that fails ends the attempt with its own error', async () => {
  const ledger = new MemoryLedger();
  const sink = createMemorySink(ledger, 'r');
  sink.beforeWrite = (call) => {
    if (call === 'commit') throw new Error('database gone');
  };
  const running = attempt(ledger, { connector: fakeConnector([good, broken(at('not_found'))]), sink });
  await expect(running).rejects.toThrow('database gone');
  expect(ledger.streamRuns.every(({ status }) => status === null)).toBe(true);
});
