import type { BeginTrace, ScheduledRing } from '@evidence-fleet/db';
import type { Span, Tracer } from '@evidence-fleet/service';

/** The first spans of the traces of one step's runs: from the due date until the doorbell is rung. */
interface RunTraces {
  readonly begin: BeginTrace;
  /** Those rings were taken. A run that was not made, or whose ring was lost, has no such span. */
  rung(rings: readonly ScheduledRing[]): void;
}

export function createRunTraces(tracer: Tracer): RunTraces {
  const begun = new Map<string, Span>();
  return {
    begin({ organizationId, runId, dueAt }) {
      const span = tracer.begin('sync.schedule', {
        kind: 'producer',
        attributes: { 'fleet.organization.id': organizationId, 'fleet.run.id': runId },
        startedAt: dueAt,
      });
      begun.set(runId, span);
      return span.traceparent;
    },
    rung(rings) {
      for (const { runId } of rings) begun.get(runId)?.end();
    },
  };
}
