import { ConnectorError } from '@evidence-fleet/connector-sdk';
import {
  type ClaimedRun,
  DatabaseAwayError,
  hasRead,
  type Release,
  recordHealth,
  StaleFenceError,
} from '@evidence-fleet/db';
import { FenceLostError, type Outcome, outcomeOf, runSync } from '@evidence-fleet/engine';
import { silentTracer } from '@evidence-fleet/service';
import { guardCalls } from './guard.ts';
import { judgeRun } from './judge-run.ts';
import { keepLease, RunStopped } from './lease.ts';
import { letGo } from './let-go.ts';
import { observeCalls, observeSink } from './observe-run.ts';
import { areKeysAway, type OpenIntegration, openIntegration } from './open-integration.ts';
import { hearOutages } from './outage.ts';
import {
  healthOf,
  isLastAttempt,
  maxCrashes,
  releaseOf,
  releaseOfCrashes,
  releaseOfOverdue,
  releaseOfStop,
} from './release.ts';
import type { RunEnd } from './run-end.ts';
import { createRunSink, visibilityOf } from './run-sink.ts';
import type { WorkerTools } from './tools.ts';
import { claimTraced } from './traced-run.ts';

/**
 * One doorbell: claims the run, works on it under its lease, judges the controls and lets go of it.
 * @param stopping aborts when the worker must hand its runs over
 */
export async function syncRun(
  tools: WorkerTools,
  job: { organizationId: string; runId: string },
  stopping: AbortSignal,
): Promise<RunEnd> {
  return claimTraced(tools, job, (run) => underLease(tools, run, stopping));
}

async function underLease(tools: WorkerTools, run: ClaimedRun, stopping: AbortSignal): Promise<RunEnd> {
  const log = tools.log.child({
    organizationId: run.organizationId,
    runId: run.runId,
    integrationId: run.integrationId,
  });
  log.info(
    { fence: Number(run.fence), trigger: run.trigger, attempts: run.attempts, crashCount: run.crashCount },
    'sync.started',
  );
  const lease = keepLease(tools.heartbeats, run, log);
  const handover = new AbortController();
  const hand = () => handover.abort(new RunStopped('shutdown'));
  if (stopping.aborted) hand();
  stopping.addEventListener('abort', hand, { once: true });
  const quota = hearOutages(tools.quota, () => handover.abort(new RunStopped('away')));
  try {
    const signal = AbortSignal.any([lease.signal, handover.signal]);
    return await work({ ...tools, quota, log }, run, signal);
  } finally {
    stopping.removeEventListener('abort', hand);
    await lease.close();
  }
}

async function work(tools: WorkerTools, run: ClaimedRun, signal: AbortSignal): Promise<RunEnd> {
  let connector = 'unknown';
  let release: Release | null;
  if (run.crashCount >= maxCrashes) {
    release = releaseOfCrashes(run);
    return (await letGo(tools, run, release)) ? { connector, release } : null;
  }
  try {
    const end = await attempt(tools, run, signal);
    connector = end.connector;
    release = releaseOf(end.outcome, run, new Date());
    if (release.kind === 'wait' && run.isOverdue)
      release = releaseOfOverdue(end.outcome, await hasRead(tools.database, run));
  } catch (error) {
    if (error instanceof FenceLostError || error instanceof StaleFenceError) release = null;
    else if (signal.aborted && signal.reason instanceof RunStopped) release = releaseOfStop(signal.reason);
    else if (error instanceof DatabaseAwayError) release = releaseOfStop(new RunStopped('away'));
    else if (areKeysAway(error)) release = awayFromKeys(tools, error);
    else release = unexpected(tools, run, error);
  }
  if (release === null) {
    tools.log.warn({}, 'sync.lost');
    return null;
  }
  return (await letGo(tools, run, release)) ? { connector, release } : null;
}

function awayFromKeys({ log }: WorkerTools, err: unknown): Release | null {
  log.warn({ err }, 'sync.keys_away');
  return releaseOfStop(new RunStopped('away'));
}

async function attempt(
  tools: WorkerTools,
  run: ClaimedRun,
  signal: AbortSignal,
): Promise<{ connector: string; outcome: Outcome }> {
  signal.throwIfAborted();
  let open: OpenIntegration;
  try {
    open = await openIntegration(tools, run.sealed);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const outcome = outcomeOf(error, new Date());
    await noteHealth(tools, run, outcome);
    return { connector: 'unknown', outcome };
  }
  try {
    const outcome = await collect(tools, run, open, signal);
    await noteHealth(tools, run, outcome);
    if (outcome.kind === 'done' || outcome.kind === 'reject') await judge(tools, run, open, signal);
    return { connector: open.connector.id, outcome };
  } finally {
    open.close();
  }
}

async function collect(
  tools: WorkerTools,
  run: ClaimedRun,
  open: OpenIntegration,
  signal: AbortSignal,
): Promise<Outcome> {
  const { integration, connector, settings } = open;
  let quotaScope = integration.quotaScope ?? undefined;
  const guarded = guardCalls(tools, open, { signal, quotaScope: () => quotaScope });
  const { sink, begin } = createRunSink(tools.database, run);
  const observer = observeCalls(tools, connector.id);
  try {
    const { outcome, streams } = await runSync({
      connector,
      credentials: open.credentials,
      settings,
      types: run.types.length === 0 ? null : run.types,
      sink: observeSink(sink, tools, connector.id),
      observer,
      runtime: guarded.runtime,
      meter: guarded.meter,
      hmacKey: open.hmacKey,
      signal,
      log: tools.log,
      now: () => new Date(),
      lastAttempt: isLastAttempt(run) || run.isOverdue,
      mayWait: !run.isOverdue,
      async onChecked(checked) {
        if (integration.accountId !== null && integration.accountId !== checked.account.id) {
          throw new ConnectorError(
            'configuration_error',
            `The credential belongs to another account (${checked.account.title}) than the one this integration was added for (${integration.accountTitle ?? integration.accountId}). Add a new integration for it.`,
          );
        }
        quotaScope = checked.quotaScope;
        begin(visibilityOf(connector, settings, checked));
        await recordHealth(tools.database, run, { status: 'ok', ...checked });
      },
    });
    tools.log.info(
      { outcome: outcome.kind, streams: streams.length, calls: guarded.meter.snapshot().length },
      'sync.collected',
    );
    return outcome;
  } finally {
    await guarded.close();
  }
}

async function noteHealth(tools: WorkerTools, run: ClaimedRun, outcome: Outcome): Promise<void> {
  const health = healthOf(outcome);
  if (health !== null) await recordHealth(tools.database, run, health);
}

async function judge(
  tools: WorkerTools,
  run: ClaimedRun,
  { connector }: OpenIntegration,
  signal: AbortSignal,
): Promise<void> {
  const all = connector.streams.map(({ evidence }) => evidence.name);
  const types = run.types.length === 0 ? all : all.filter((type) => run.types.includes(type));
  const { organizationId, runId, fence, integrationId } = run;
  const { database, tracer = silentTracer } = tools;
  const judged = await tracer.span('controls.judge', {}, () =>
    judgeRun({ database, organizationId, runId, fence, integrationId, types, signal }),
  );
  tools.log.info({ controls: judged.controls, changed: judged.changed }, 'sync.judged');
}

/** A defect of ours: tried again like an outage, and told in the log. */
function unexpected(tools: WorkerTools, run: ClaimedRun, err: unknown): Release {
  tools.log.error({ err }, 'sync.failed_unexpectedly');
  const error = new ConnectorError(
    'service_unavailable',
    'The sync broke off inside Evidence Fleet. The log has the cause.',
  );
  const release = releaseOf({ kind: 'retry', error }, run, new Date());
  return { ...release, error: { code: 'internal', message: error.message } }; // nothing is said of the provider
}
