-- How many controls of a framework pass, fail, are unknown or do not apply, from one change of these numbers until the next.
CREATE TABLE "framework_score" (
    "organization_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "framework" TEXT COLLATE "C" NOT NULL,
    "pass" INTEGER NOT NULL,
    "fail" INTEGER NOT NULL,
    "unknown" INTEGER NOT NULL,
    "not_applicable" INTEGER NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "from_run_id" UUID NOT NULL,
    "valid_to" TIMESTAMPTZ(3),
    "to_run_id" UUID,

    CONSTRAINT "framework_score_pkey" PRIMARY KEY ("organization_id","id")
);
CREATE INDEX "framework_score_organization_id_framework_valid_from_idx" ON "framework_score"("organization_id", "framework", "valid_from");
CREATE UNIQUE INDEX "framework_score_open" ON "framework_score" ("organization_id", "framework") WHERE "valid_to" IS NULL;
ALTER TABLE "framework_score" ADD CHECK ("valid_to" >= "valid_from");
ALTER TABLE "framework_score" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "framework_score" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "framework_score" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
GRANT SELECT, INSERT ON "framework_score" TO fleet_app;
-- What was said of a time stays said, and only its end comes later.
GRANT UPDATE ("valid_to", "to_run_id") ON "framework_score" TO fleet_app;
