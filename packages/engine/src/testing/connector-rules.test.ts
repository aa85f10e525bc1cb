import {
  type Connector,
  ConnectorError,
  defineEvidence,
  type EvidenceType,
  stream,
} from '@evidence-fleet/connector-sdk';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { connectorRules } from './connector-rules.ts';
import { type ConnectorWorld, worldRules } from './connector-world.ts';
import { createIdleRuntime, fakeConnector } from './fakes.ts';

const described = { permissions: ['read'], docs: ['https://example.com/docs'], calls: { reads: [1] } };
const schema = z.object({ id: z.string(), tags: z.array(z.string()), at: z.string(), touched: z.number() });
const sound: EvidenceType = defineEvidence({
  name: 'fake.thing',
  title: 'Things',
  version: 1,
  mode: 'snapshot',
  key: ['id'],
  schema,
  observed: ['touched'],
  unordered: ['tags'],
});

function connectorWith(evidence: Partial<EvidenceType>, overrides: Partial<Connector> = {}): Connector {
  return { ...fakeConnector([stream({ ...sound, ...evidence }, described, async function* () {})]), ...overrides };
}
const broken = (connector: Connector) => connectorRules.flatMap((rule) => rule.broken(connector));

describe('the rules of a connector', () => {
  it('are kept by a sound one', () => {
    expect(broken(connectorWith({}))).toEqual([]);
  });

  it.each<[string, Partial<EvidenceType>]>([
    ['a foreign name', { name: 'other.thing' }],
    ['a snapshot with a retention', { retention: { days: 90, docs: 'https://example.com' } }],
    ['a retention without documentation', { mode: 'event', cursor: 'at', retention: { days: 90, docs: '' } }],
    ['a retention of no days', { mode: 'event', cursor: 'at', retention: { days: 0, docs: 'https://example.com' } }],
    ['no version', { version: 0 }],
    ['no key', { key: [] }],
    ['a key that is observed', { key: ['touched'] }],
    ['a key that is dropped', { redact: { id: 'drop' } }],
    ['a key that may be null', { schema: schema.extend({ id: z.string().nullable() }) }],
    ['an incremental mode without a cursor', { mode: 'incremental' }],
    ['a number as its cursor', { mode: 'event', cursor: 'touched' }],
    ['a field that may be left out', { schema: schema.extend({ extra: z.string().optional() }) }],
    ['an observed field that does not exist', { observed: ['nothing'] }],
    ['a sorted field that is no list', { unordered: ['at'] }],
    ['a schema that JSON cannot say', { schema: schema.extend({ when: z.date() }) }],
  ])('are broken by %s', (_, evidence) => {
    expect(broken(connectorWith(evidence))).not.toEqual([]);
  });

  it.each<[string, Partial<Connector>]>([
    ['an id that is no word', { id: 'Fake One' }],
    ['a quota without documentation', { limits: [{ name: 'core', requests: 1, perMs: 1, docs: 'see wiki' }] }],
    ['a formula by a count that nobody explains', { calls: { begins: [{ of: 'things' }], counts: {} } }],
    ['a formula by a page of nothing', { calls: { begins: [{ pagesOf: 'a', size: 0 }], counts: { a: 'A' } } }],
    ['a count that no formula needs', { calls: { begins: [], counts: { things: 'Things' } } }],
    ['a schedule outside its own range', { schedule: { defaultHours: 48, minHours: 1, maxHours: 24 } }],
    ['no way to authenticate', { auth: {} }],
    ['a scope setting that does not exist', { scopeSettings: ['regions'] as never }],
  ])('are broken by %s', (_, overrides) => {
    expect(broken(connectorWith({}, overrides))).not.toEqual([]);
  });

  it('are broken by two evidence types of one name', () => {
    const twice = connectorWith({});
    expect(broken({ ...twice, streams: [...twice.streams, ...twice.streams] })).toContain(
      'fake.thing is declared twice',
    );
  });
});

/** A provider with one thing, and whatever is wrong with how it is read. */
function world() {
  const state = { denied: false, churned: 0, calls: 0 };
  const opened: ConnectorWorld = {
    credentials: { kind: 'token', token: 'x' },
    settings: {},
    createRuntime: createIdleRuntime,
    churn: () => {
      state.churned += 1;
    },
    deny: () => {
      state.denied = true;
    },
    allow: () => {
      state.denied = false;
    },
    countCalls: () => state.calls,
    close: () => {},
  };
  return { state, opened };
}
type State = ReturnType<typeof world>['state'];

function readingAs(read: (state: State, signal: AbortSignal) => AsyncIterable<z.input<typeof schema>>) {
  const { state, opened } = world();
  const things = stream(sound, described, (_client, { signal }) => read(state, signal));
  const check = async (title: string) => {
    const rule = worldRules.find((one) => one.title.startsWith(title));
    if (!rule) throw new Error(`no rule ${title}`);
    await rule.check(fakeConnector([things]), opened, 'fake.thing');
  };
  return check;
}

describe('the promises against a provider', () => {
  const row = { id: 'a', tags: ['x', 'y'], at: '2026', touched: 0 };
  const good = readingAs(async function* (state, signal) {
    if (state.denied) throw new ConnectorError('permission_denied', 'Grant read.');
    yield { ...row, tags: state.churned % 2 ? ['y', 'x'] : ['x', 'y'], touched: state.churned };
    signal.throwIfAborted();
    state.calls += 100;
  });

  it.each(worldRules.map(({ title }) => title))('%s: kept by a sound connector', async (title) => {
    await good(title);
  });

  it('tell an empty stream from one that was read', async () => {
    await expect(readingAs(async function* () {})('is read')).rejects.toThrow('no row');
  });

  it('find a volatile field in the material', async () => {
    const volatile = readingAs(async function* (state) {
      yield { ...row, at: `${state.churned}` };
    });
    await expect(volatile('writes no version')).rejects.toThrow('new versions of a');
  });

  it('find a denial that passes for an empty list', async () => {
    const silent = readingAs(async function* (state) {
      if (!state.denied) yield row;
    });
    await expect(silent('leaves a gap')).rejects.toThrow('left no gap');
  });

  it('find a stream that goes on after the abort', async () => {
    const deaf = readingAs(async function* (state) {
      for (let page = 0; page < 10; page++) {
        state.calls += 1;
        yield row;
      }
    });
    await expect(deaf('stops')).rejects.toThrow('calls after the abort');
  });
});
