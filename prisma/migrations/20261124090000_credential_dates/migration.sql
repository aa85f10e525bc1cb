-- When a credential is to be replaced: because it is old, and because the provider says when it ends. Null: nothing to tell (any more).
ALTER TABLE "integration" ADD COLUMN "credential_ages_at" TIMESTAMPTZ(3), ADD COLUMN "credential_expires_at" TIMESTAMPTZ(3),
  ADD COLUMN "credential_expiry_warns_at" TIMESTAMPTZ(3);
-- What is stored already is as old as it is. Row security binds the owner, too, whom no policy lets see a row.
ALTER TABLE "integration" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "credential" NO FORCE ROW LEVEL SECURITY;
UPDATE "integration" i SET "credential_ages_at" = c."created_at" + interval '90 days' FROM "credential" c
  WHERE c."organization_id" = i."organization_id" AND c."integration_id" = i."id" AND c."version" = i."credential_version" AND i."removed_at" IS NULL;
ALTER TABLE "credential" FORCE ROW LEVEL SECURITY;
ALTER TABLE "integration" FORCE ROW LEVEL SECURITY;
CREATE INDEX "integration_credential_due" ON "integration" (least("credential_ages_at", "credential_expiry_warns_at"))
  WHERE "removed_at" IS NULL AND least("credential_ages_at", "credential_expiry_warns_at") IS NOT NULL;
GRANT SELECT ("credential_ages_at", "credential_expires_at", "credential_expiry_warns_at"),
  UPDATE ("credential_ages_at", "credential_expiry_warns_at") ON "integration" TO fleet_scheduler;
-- The scheduler tells of dates, and of nothing else.
DROP POLICY scheduler_retention ON "notification";
CREATE POLICY scheduler_dates ON "notification" FOR INSERT TO fleet_scheduler
  WITH CHECK ("kind" IN ('integration.retention', 'integration.credential_old', 'integration.credential_expires') AND "integration_id" IS NOT NULL);
