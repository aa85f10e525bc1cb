-- Where the trace of a run goes on (W3C traceparent), and that of the request that waits behind it. In the row, for it outlives every job: a run may
-- be rung again, wait or change its worker.
ALTER TABLE "sync_run" ADD COLUMN "traceparent" TEXT, ADD COLUMN "follow_up_traceparent" TEXT;
-- A scheduled run may begin from its due date on, whenever the scheduler came to make it.
GRANT INSERT ("available_at", "traceparent") ON "sync_run" TO fleet_scheduler;
-- How many integrations are quarantined is counted for operators.
GRANT SELECT ("quarantined_run_id") ON "integration" TO fleet_scheduler;
