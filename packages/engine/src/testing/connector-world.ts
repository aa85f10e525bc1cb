import type { Connector, Runtime } from '@evidence-fleet/connector-sdk';
import type { RunResult, SyncOptions } from '../run/sync.ts';
import { attempt } from './fakes.ts';
import { MemoryLedger } from './memory-ledger.ts';

/** A provider to run a connector against: what the conformance suite needs of its simulator. */
export interface ConnectorWorld {
  readonly credentials: SyncOptions['credentials'];
  readonly settings: SyncOptions['settings'];
  /** A runtime whose calls reach the simulator and abort with the signal. */
  createRuntime(signal: AbortSignal): Runtime | Promise<Runtime>;
  /** Moves every volatile field and shuffles every list whose order means nothing. */
  churn(): Promise<void> | void;
  /** From now on the provider refuses what this evidence type is read from. */
  deny(type: string): Promise<void> | void;
  /** Takes every refusal back. */
  allow(): Promise<void> | void;
  /** Requests that reached the provider so far. */
  countCalls(): number;
  close(): Promise<void> | void;
}

/** A promise of a connector that needs a provider to be kept. Throws where it is broken. */
export interface WorldRule {
  readonly title: string;
  check(connector: Connector, world: ConnectorWorld, evidenceType: string): Promise<void>;
}

/** Gaps that a denial taken for an empty list would leave: they prove nothing. */
const absences: ReadonlySet<string> = new Set(['absence_unproven', 'mass_absence', 'scope_changed']);

/** Checked for each evidence type of a connector. */
export const worldRules: readonly WorldRule[] = [
  {
    title: 'is read without a gap',
    async check(connector, world, type) {
      const ledger = new MemoryLedger();
      const result = await sync(connector, world, ledger, type);
      expectThat(ledger.openGaps().length === 0, `gaps: ${JSON.stringify(ledger.openGaps())}`);
      expectThat(isDone(result, 'succeeded'), `ended as ${JSON.stringify(result.streams)}`);
      expectThat(ledger.current(type).size > 0, 'no row: the world must have at least one');
    },
  },
  {
    title: 'writes no version when only volatile fields and the order of lists changed',
    async check(connector, world, type) {
      const ledger = new MemoryLedger();
      await sync(connector, world, ledger, type);
      const before = ledger.versions.length;
      await world.churn();
      await sync(connector, world, ledger, type);
      const written = ledger.versions.slice(before).map(({ key }) => key.join('/'));
      expectThat(written.length === 0, `new versions of ${written.slice(0, 5).join(', ')}`);
    },
  },
  {
    title: 'leaves a gap and retires nothing when it is denied',
    async check(connector, world, type) {
      const ledger = new MemoryLedger();
      await sync(connector, world, ledger, type);
      const known = ledger.current(type).size;
      await world.churn(); // of what nobody has touched nothing is asked
      await world.deny(type);
      try {
        const result = await sync(connector, world, ledger, type);
        expectThat(!isDone(result, 'succeeded'), 'a denied pass ended as a success');
        const refusals = ledger.openGaps(type).filter(({ reason }) => !absences.has(reason));
        expectThat(result.outcome.kind === 'reject' || refusals.length > 0, 'a denied pass left no gap');
        expectThat(ledger.current(type).size === known, 'a denied pass retired evidence');
      } finally {
        await world.allow();
      }
    },
  },
  {
    title: 'stops calling the provider when it is aborted',
    async check(connector, world, type) {
      const controller = new AbortController();
      const runtime = await world.createRuntime(controller.signal);
      const { credentials, settings } = world;
      const client: unknown = await connector.connect({ credentials, settings }, runtime);
      const stream = connector.streams.find(({ evidence }) => evidence.name === type);
      if (!stream) throw new Error(`${connector.id} has no ${type}`);
      const slice = (await stream.slices?.(client))?.[0] ?? { id: '' };
      const context = { slice, since: undefined, resume: undefined, signal: controller.signal };
      const iterator = stream.collect(client, context)[Symbol.asyncIterator]();
      await iterator.next();
      const before = world.countCalls();
      controller.abort(new Error('aborted by the test'));
      await drain(iterator);
      const after = world.countCalls() - before;
      expectThat(after <= connector.concurrency, `${after} calls after the abort`);
    },
  },
];

async function sync(
  connector: Connector,
  world: ConnectorWorld,
  ledger: MemoryLedger,
  type: string,
): Promise<RunResult> {
  const { signal } = new AbortController();
  const runtime = await world.createRuntime(signal);
  const { credentials, settings } = world;
  return attempt(ledger, { connector, credentials, settings, runtime, signal, types: [type], lastAttempt: true });
}

/** Rows that were read already may still come; then the stream ends, by itself or by the abort. */
async function drain(iterator: AsyncIterator<unknown>): Promise<void> {
  try {
    while ((await iterator.next()).done !== true);
  } catch (error) {
    if (!(error instanceof Error)) throw error; // how an aborted stream fails is its own business
  }
}

function isDone({ outcome }: RunResult, state: 'succeeded'): boolean {
  return outcome.kind === 'done' && outcome.state === state;
}

function expectThat(kept: boolean, sentence: string): void {
  if (!kept) throw new Error(sentence);
}
