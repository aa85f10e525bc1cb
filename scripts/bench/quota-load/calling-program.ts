// A worker's calls, in a process of their own: syncs of one quota scope that call a provider as often as the fleet's quota lets them. Takes its task
// as JSON in the first argument; stops at the first message, stays connected and idle, and ends when its parent lets go of it.
import { once } from 'node:events';
import { defineConnector } from '@evidence-fleet/connector-sdk';
import { createRuntime } from '@evidence-fleet/engine';
import { connectFailingFast } from '@evidence-fleet/queue';
import { createQuota } from '@evidence-fleet/quota';
import { createLogger, createScrubber } from '@evidence-fleet/service';
import { z } from 'zod';
import type { CallingNews, CallingTask } from './calling-task.ts';

process.once('disconnect', () => process.exit(0));
const task: CallingTask = JSON.parse(process.argv[2] ?? '');
const tell = (news: CallingNews) => process.send?.(news);
const log = createLogger({ name: 'bench', level: 'warn', scrubber: createScrubber() });
const redis = connectFailingFast({ url: task.redisUrl, name: 'quota', log });
await once(redis, 'ready');
const quota = createQuota({ redis, prefix: 'fleet:', share: 1 });
const connector = defineConnector({
  id: 'bench',
  title: 'Bench',
  version: 1,
  auth: { none: { title: 'None', secrets: z.object({}) } },
  settings: z.object({}),
  scopeSettings: [],
  limits: [{ name: 'second', requests: task.limit, perMs: 1_000, docs: 'https://example.com' }],
  calls: { begins: [], counts: {} },
  concurrency: task.concurrency,
  schedule: { defaultHours: 24, minHours: 1, maxHours: 24 },
  hosts: () => [],
  connect: () => ({}),
  check: async () => ({ account: { id: 'bench', title: 'Bench' }, quotaScope: 'bench', grants: ['read'] }),
  streams: [],
});

let isStopped = false;
const guards = Array.from({ length: task.syncs }, (_, sync) =>
  createRuntime({
    connector,
    settings: {},
    endpoint: task.url,
    quota,
    quotaScope: () => 'bench',
    integrationId: `integration-${sync}`,
    network: { allowPrivate: [new URL(task.url).host] },
    signal: new AbortController().signal,
    log,
    saveCredentials: async () => {},
  }),
);
const calling = guards.flatMap(({ runtime }) =>
  Array.from({ length: task.concurrency }, async () => {
    while (!isStopped) await (await runtime.fetch(`${task.url}/items`)).json();
  }),
);
tell({ kind: 'begun' });
await once(process, 'message');
isStopped = true;
await Promise.all(calling);
await Promise.all(guards.map((guard) => guard.close()));
const calls = guards.flatMap(({ meter }) => meter.snapshot().map((metered) => metered.calls));
tell({ kind: 'stopped', calls: calls.reduce((sum, count) => sum + count, 0) });
