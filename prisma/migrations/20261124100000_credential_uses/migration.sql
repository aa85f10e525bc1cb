-- Every opening of a credential by a worker, one row a day, version and purpose. What people open stands in the audit log, each by itself.
CREATE TABLE "credential_use" (
    "organization_id" UUID NOT NULL,
    "credential_id" UUID NOT NULL,
    "purpose" TEXT COLLATE "C" NOT NULL,
    "day" DATE NOT NULL,
    "integration_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "uses" INTEGER NOT NULL DEFAULT 1,
    "first_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_by" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "credential_use_pkey" PRIMARY KEY ("organization_id","credential_id","purpose","day")
);
CREATE INDEX "credential_use_organization_id_integration_id_day_idx" ON "credential_use" ("organization_id", "integration_id", "day" DESC);
ALTER TABLE "credential_use" ADD CHECK ("purpose" IN ('sync', 'health')), ADD CHECK ("uses" > 0);
-- Counted in place: room on the page for it.
ALTER TABLE "credential_use" SET (fillfactor = 70);
ALTER TABLE "credential_use" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "credential_use" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "credential_use" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
-- It outlives the credential. Nobody deletes of it, and nobody moves its beginning.
GRANT SELECT, INSERT, UPDATE ("uses", "last_at", "last_by") ON "credential_use" TO fleet_app;
