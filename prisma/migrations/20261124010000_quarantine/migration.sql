-- A run that killed its workers puts its integration aside: no run is made for it until somebody has looked and lifts it.
ALTER TABLE "integration" ADD COLUMN "quarantined_run_id" UUID;
CREATE INDEX "integration_quarantined" ON "integration" ("organization_id", "quarantined_run_id") WHERE "quarantined_run_id" IS NOT NULL;
