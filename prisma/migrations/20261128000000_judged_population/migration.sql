-- What the verdict of a control rests on, kept by each population's own judgement: a verdict sums these rows up and reads nothing else. Apart from
-- `judgement`, whose rows are ten times as wide. Of what was judged before, a verdict knows nothing until its integration has synced again, and is
-- unknown: everything is judged anew.
CREATE TABLE "judged_population" (
    "organization_id" UUID NOT NULL,
    "control_id" TEXT COLLATE "C" NOT NULL,
    "integration_id" UUID NOT NULL,
    "type" TEXT COLLATE "C" NOT NULL,
    "pass" INTEGER NOT NULL DEFAULT 0,
    "fail" INTEGER NOT NULL DEFAULT 0,
    "unknown" INTEGER NOT NULL DEFAULT 0,
    "not_applicable" INTEGER NOT NULL DEFAULT 0,
    "open_gaps" INTEGER NOT NULL DEFAULT 0,
    "is_complete" BOOLEAN NOT NULL DEFAULT false,
    "proven_at" TIMESTAMPTZ(3),
    "failure_proven_at" TIMESTAMPTZ(3),

    CONSTRAINT "judged_population_pkey" PRIMARY KEY ("organization_id","control_id","integration_id","type")
);
ALTER TABLE "judged_population" SET (fillfactor = 50);
ALTER TABLE "judged_population" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "judged_population" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "judged_population" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON "judged_population" TO fleet_app;
TRUNCATE "judgement";
ALTER TABLE "judgement" DROP COLUMN "counts";
