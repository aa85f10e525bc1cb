import {
  type Checked,
  type Connector,
  defineConnector,
  type Logger,
  type Runtime,
} from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { type RunResult, runSync, type SyncOptions } from '../run/sync.ts';
import type { MemoryLedger } from './memory-ledger.ts';
import { createMemorySink } from './memory-sink.ts';

/** Swallows everything. */
export const silentLog: Logger = { debug: () => {}, info: () => {}, warn: () => {} };

/** A runtime for connectors that call nobody: every call is refused. */
export function createIdleRuntime(signal: AbortSignal): Runtime {
  const refuse = () => Promise.reject(new Error('this runtime has no network'));
  return {
    fetch: refuse,
    transport: refuse,
    call: refuse,
    saveCredentials: refuse,
    protect: () => {},
    signal,
    log: silentLog,
    endpoint: undefined,
  };
}

const checked: Checked = { account: { id: 'acme', title: 'Acme' }, quotaScope: 'acme', grants: ['read'] };

/** A connector named `fake` without a provider, for tests that bring their own streams. */
export function fakeConnector(
  streams: Connector['streams'],
  overrides: Partial<Pick<Connector, 'connect' | 'check'>> = {},
): Connector {
  return defineConnector({
    id: 'fake',
    title: 'Fake',
    version: 1,
    auth: { token: { title: 'Token', secrets: z.object({ token: z.string() }) } },
    settings: z.object({}),
    scopeSettings: [],
    limits: [{ name: 'core', requests: 100, perMs: 1_000, docs: 'https://example.com/limits' }],
    calls: { begins: [], counts: {} },
    concurrency: 1,
    schedule: { defaultHours: 6, minHours: 1, maxHours: 24 },
    hosts: () => ['example.com'],
    connect: () => ({}),
    check: async () => checked,
    ...overrides,
    streams,
  });
}

/** Runs one attempt against a ledger in memory; everything can be overridden. */
export function attempt(
  ledger: MemoryLedger,
  options: Pick<SyncOptions, 'connector'> & Partial<SyncOptions> & { readonly run?: string },
): Promise<RunResult> {
  const signal = options.signal ?? new AbortController().signal;
  return runSync({
    credentials: { kind: 'token', token: 'fake' },
    settings: {},
    sink: createMemorySink(ledger, options.run ?? `run-${ledger.streamRuns.length + 1}`),
    runtime: createIdleRuntime(signal),
    meter: { snapshot: () => [] },
    hmacKey: new Uint8Array(32).fill(7),
    signal,
    log: silentLog,
    now: () => new Date(),
    onChecked: () => {},
    lastAttempt: false,
    ...options,
  });
}
