-- When a source forgets what was not read, and when that is to be told next. Null: nothing to forget, or all is told.
ALTER TABLE "integration" ADD COLUMN "forgets_at" TIMESTAMPTZ(3),
  ADD COLUMN "forgets_type" TEXT COLLATE "C",
  ADD COLUMN "retention_warns_at" TIMESTAMPTZ(3);
-- What is to be told now.
CREATE INDEX "integration_retention_due" ON "integration" ("retention_warns_at")
  WHERE "retention_warns_at" IS NOT NULL AND "removed_at" IS NULL;
-- How many have been warned: the warning moves the next one to the date itself, and the last one takes it away.
CREATE INDEX "integration_retention_warned" ON "integration" ("forgets_at")
  WHERE "forgets_at" IS NOT NULL AND "removed_at" IS NULL AND ("retention_warns_at" IS NULL OR "retention_warns_at" = "forgets_at");
GRANT SELECT ("forgets_at", "forgets_type", "retention_warns_at"), UPDATE ("retention_warns_at") ON "integration" TO fleet_scheduler;
-- The scheduler tells of retention and of nothing else, and reads no notification.
CREATE POLICY scheduler_retention ON "notification" FOR INSERT TO fleet_scheduler
  WITH CHECK ("kind" = 'integration.retention' AND "integration_id" IS NOT NULL);
GRANT INSERT ("organization_id", "id", "integration_id", "kind", "message") ON "notification" TO fleet_scheduler;
