-- What operators set while the fleet runs. No organization's: every process reads it, and only who sees the whole fleet changes it.
CREATE TABLE "fleet_setting" (
    "name" TEXT COLLATE "C" NOT NULL,
    "value" DOUBLE PRECISION NOT NULL,
    "set_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "set_by" TEXT NOT NULL,

    CONSTRAINT "fleet_setting_pkey" PRIMARY KEY ("name")
);
ALTER TABLE "fleet_setting" ADD CHECK ("value" > 0), ADD CHECK ("name" <> 'quota.share' OR "value" <= 1);
ALTER TABLE "fleet_setting" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "fleet_setting" FORCE ROW LEVEL SECURITY;
CREATE POLICY everybody ON "fleet_setting" FOR SELECT TO fleet_app USING (true);
CREATE POLICY scheduler ON "fleet_setting" TO fleet_scheduler USING (true) WITH CHECK (true);
GRANT SELECT ON "fleet_setting" TO fleet_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "fleet_setting" TO fleet_scheduler;

-- `fleet workers`: who runs what, since when. Of which provider, but nothing of what is read there.
GRANT SELECT ("lease_owner") ON "sync_run" TO fleet_scheduler;
GRANT SELECT ("claimed_at") ON "sync_attempt" TO fleet_scheduler;
GRANT SELECT ("connector") ON "integration" TO fleet_scheduler;
