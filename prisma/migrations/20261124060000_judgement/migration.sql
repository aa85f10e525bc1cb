-- What the last judgement of one population came to: what has not changed since is not judged again.
CREATE TABLE "judgement" (
    "organization_id" UUID NOT NULL,
    "control_id" TEXT COLLATE "C" NOT NULL,
    "integration_id" UUID NOT NULL,
    "type" TEXT COLLATE "C" NOT NULL,
    "run_id" UUID,
    "question" JSONB NOT NULL,
    "answers" JSONB,
    "slices" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "counts" INTEGER[] DEFAULT ARRAY[0, 0, 0, 0]::INTEGER[],

    CONSTRAINT "judgement_pkey" PRIMARY KEY ("organization_id","control_id","integration_id","type")
);
ALTER TABLE "judgement" SET (fillfactor = 50);
ALTER TABLE "judgement" ADD CHECK (cardinality("counts") = 4);
ALTER TABLE "judgement" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "judgement" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "judgement" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON "judgement" TO fleet_app;

-- What a judgement has to look at again, and what a verdict shows of it.
CREATE INDEX "finding_not_passing" ON "finding" ("organization_id", "control_id", "integration_id", "type", "status", "resource_sha")
  WHERE "valid_to" IS NULL AND "status" IN ('fail', 'unknown');
CREATE INDEX "evidence_head_missing" ON "evidence_head" ("organization_id", "integration_id", "type", "key_sha") WHERE "missing_passes" > 0;
CREATE INDEX "evidence_retired" ON "evidence" ("organization_id", "to_run_id") WHERE "end_reason" <> 'superseded';
-- No question asks for findings by their time, and a third of what storing a finding cost went into this index.
DROP INDEX "finding_organization_id_control_id_valid_from_idx";
