// A worker's part of syncs, in a process of its own: claims the runs it is given, reads all of them at once through engine and ledger, and lets
// go of them. Takes its task as JSON in the first argument, prints what it measured as JSON.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Runtime } from '@evidence-fleet/connector-sdk';
import { claimRun, createDatabase, releaseRun } from '@evidence-fleet/db';
import { runSync } from '@evidence-fleet/engine';
import { createLogger, createScrubber } from '@evidence-fleet/service';
import { keepLease } from '../../../apps/worker/src/lease.ts';
import { createRunSink } from '../../../apps/worker/src/run-sink.ts';
import { createAssets } from './assets.ts';
import type { SyncMeasured, SyncTask } from './sync-task.ts';

const task: SyncTask = JSON.parse(process.argv[2] ?? '');
const log = createLogger({ name: 'bench', level: 'error', scrubber: createScrubber() });
if (task.loadsSdks)
  await Promise.all(
    ['client-cloudtrail', 'client-ec2', 'client-iam', 'client-s3', 'client-s3-control', 'client-sts']
      .map((name) => `@aws-sdk/${name}`)
      .concat('@octokit/rest')
      .map((name) => import(name)),
  );

const database = createDatabase({ url: task.url, poolSize: Math.min(task.runs.length + 4, 40) });
const heartbeats = createDatabase({ url: task.url, poolSize: 2 });
await Promise.all([database.ping(), heartbeats.ping()]);
const rssBefore = process.memoryUsage.rss();
let rssPeak = rssBefore;
const sampling = setInterval(() => {
  rssPeak = Math.max(rssPeak, process.memoryUsage.rss());
}, 20);
const loop = monitorEventLoopDelay({ resolution: 1 });
loop.enable();
const [started, cpu] = [performance.now(), process.cpuUsage()];
const states = await Promise.all(task.runs.map(sync));
const ms = performance.now() - started;
const { user, system } = process.cpuUsage(cpu);
clearInterval(sampling);
loop.disable();
const blockedMs = loop.max / 1e6;
const measured: SyncMeasured = { ms, rssBefore, rssPeak, cpuMs: (user + system) / 1_000, blockedMs, states };
await Promise.all([database.close(), heartbeats.close()]);
process.stdout.write(JSON.stringify(measured));

/** The connector makes its answers up: whoever calls a provider is in error. */
function createRuntime(): Runtime {
  const refuse = () => Promise.reject(new Error('The bench calls no provider.'));
  const { signal } = new AbortController();
  return {
    fetch: refuse,
    transport: refuse,
    call: refuse,
    saveCredentials: refuse,
    protect: () => {},
    signal,
    log,
    endpoint: undefined,
  };
}

async function sync(job: SyncTask['runs'][number]): Promise<string> {
  const run = await claimRun(database, { ...job, worker: `bench-${process.pid}` });
  if (run === null) throw new Error('The run cannot be claimed.');
  const lease = keepLease(heartbeats, run, log);
  const connector = createAssets(task.assets);
  const { sink, begin } = createRunSink(database, run);
  const { outcome } = await runSync({
    connector,
    credentials: { kind: 'none' },
    settings: {},
    sink,
    runtime: createRuntime(),
    meter: { snapshot: () => [] },
    hmacKey: Buffer.alloc(32, 7),
    signal: lease.signal,
    log,
    now: () => new Date(),
    lastAttempt: false,
    onChecked: () => begin(Buffer.alloc(64, 1)),
  });
  if (outcome.kind !== 'done') throw new Error(`The sync ended as ${outcome.kind}.`);
  await releaseRun(database, run, { kind: 'end', state: outcome.state, error: null }, 'read');
  await lease.close();
  return outcome.state;
}
