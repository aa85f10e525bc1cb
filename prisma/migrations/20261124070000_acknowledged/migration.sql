-- Whoever saw to a notification takes it off the list. That it was sent is told by channel, not here.
ALTER TABLE "notification" ADD COLUMN "acknowledged_at" TIMESTAMPTZ(3), ADD COLUMN "acknowledged_by" TEXT COLLATE "C", DROP COLUMN "delivered_at";
CREATE INDEX "notification_organization_id_created_at_idx" ON "notification" ("organization_id", "created_at" DESC);
CREATE INDEX "notification_open" ON "notification" ("organization_id", "created_at" DESC) WHERE "acknowledged_at" IS NULL;
-- What was told stays as it was told.
REVOKE UPDATE ON "notification" FROM fleet_app;
GRANT UPDATE ("acknowledged_at", "acknowledged_by") ON "notification" TO fleet_app;
