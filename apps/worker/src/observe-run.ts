import type { Observer, Quota, Sink } from '@evidence-fleet/engine';
import { silentTracer } from '@evidence-fleet/service';
import type { WorkerTools } from './tools.ts';

type Signals = Pick<WorkerTools, 'tracer' | 'metrics'>;

/** Spans and numbers of what one connector does. */
export function observeCalls({ tracer = silentTracer, metrics }: Signals, connector: string): Observer {
  const own = { 'fleet.connector': connector };
  return {
    stream: (type, read) => tracer.span('stream', { attributes: { ...own, 'fleet.evidence_type': type } }, read),
    call: (operation, make) =>
      tracer.span('provider.call', { kind: 'client', attributes: { ...own, 'fleet.operation': operation } }, make),
    answered: (status, ms) => metrics?.answered(connector, status, ms),
    counted: (counts) => metrics?.counted(connector, counts),
  };
}

/** The same sink, with a span for every batch that is written and for every stream that is closed. */
export function observeSink(sink: Sink, { tracer = silentTracer, metrics }: Signals, connector: string): Sink {
  return {
    ...sink,
    async commit(streamId, batch) {
      const attributes = { 'fleet.rows': batch.rows.length, 'fleet.gaps': batch.gaps.length };
      await tracer.span('evidence.commit', { kind: 'client', attributes }, () => sink.commit(streamId, batch));
      metrics?.committed(connector, batch);
    },
    async close(streamId, close) {
      const attributes = { 'fleet.status': close.status };
      const closing = () => sink.close(streamId, close);
      const counts = await tracer.span('evidence.close', { kind: 'client', attributes }, closing);
      metrics?.closed(connector, counts);
      return counts;
    },
  };
}

/** The same quota, whose turns are counted. */
export function observeQuota(quota: Quota, { metrics }: Signals, connector: string): Quota {
  if (metrics === undefined) return quota;
  return {
    ...quota,
    async reserve(scope, limit, maxWaitMs) {
      const turn = await quota.reserve(scope, limit, maxWaitMs);
      metrics.turned(connector, limit.name, turn);
      return turn;
    },
  };
}
