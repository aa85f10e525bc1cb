import { type ClaimedRun, claimRun } from '@evidence-fleet/db';
import { type Span, silentTracer } from '@evidence-fleet/service';
import type { RunEnd } from './run-end.ts';
import type { WorkerTools } from './tools.ts';

/**
 * Claims a run and works on it in a span of the run's trace. That begins here, unless it has begun with whoever asked for the run or came
 * to its due date.
 * @returns null when the run was not to be had
 */
export async function claimTraced(
  { database, worker, tracer = silentTracer, metrics }: WorkerTools,
  job: { organizationId: string; runId: string },
  work: (run: ClaimedRun) => Promise<RunEnd>,
): Promise<RunEnd> {
  const ids = { 'fleet.organization.id': job.organizationId, 'fleet.run.id': job.runId };
  const claim = tracer.begin('sync.claim', { kind: 'consumer', attributes: ids });
  const run = await claimRun(database, { ...job, worker, traceparent: claim.traceparent });
  if (run === null) return null;
  if (run.traceparent === claim.traceparent) claim.end();
  metrics?.claimed(run);
  const attributes = {
    ...ids,
    'fleet.integration.id': run.integrationId,
    'fleet.trigger': run.trigger,
    'fleet.fence': Number(run.fence),
    'fleet.start_delay_ms': Math.round(run.startDelayMs),
  };
  return tracer.span('sync.run', { kind: 'consumer', parent: run.traceparent, attributes }, async (span) => {
    const end = await work(run);
    tell(span, end);
    return end;
  });
}

function tell(span: Span, end: RunEnd): void {
  if (end === null) {
    span.set({ 'fleet.outcome': 'lost' });
    return;
  }
  const { connector, release } = end;
  span.set({ 'fleet.connector': connector, 'fleet.outcome': release.kind === 'end' ? release.state : release.as });
}
