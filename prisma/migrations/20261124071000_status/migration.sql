-- `fleet status` counts what ended in the last hour, and lists integrations that fail, however many there are and however long the history.
CREATE INDEX "sync_run_finished" ON "sync_run" ("organization_id", "finished_at", "state") WHERE "finished_at" IS NOT NULL;
-- In an order that no other index has, so that the planner, who may not count failures behind the policies, has no other way.
CREATE INDEX "integration_failing" ON "integration" ("organization_id", "status" DESC, "name")
  WHERE "removed_at" IS NULL AND ("status" IN ('degraded', 'error') OR "quarantined_run_id" IS NOT NULL OR "breaker_until" IS NOT NULL);
