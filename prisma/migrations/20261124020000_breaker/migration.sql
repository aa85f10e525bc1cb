-- The circuit breaker of an integration: after three runs in a row that ended in an outage of its provider, its next date is moved away.
ALTER TABLE "integration" ADD COLUMN "sync_failures" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "failing_since" TIMESTAMPTZ(3),
  ADD COLUMN "failing_reason" TEXT COLLATE "C",
  ADD COLUMN "breaker_until" TIMESTAMPTZ(3);
-- How many breakers are open.
CREATE INDEX "integration_breaker_open" ON "integration" ("breaker_until") WHERE "breaker_until" IS NOT NULL AND "removed_at" IS NULL;
GRANT SELECT ("breaker_until") ON "integration" TO fleet_scheduler;
