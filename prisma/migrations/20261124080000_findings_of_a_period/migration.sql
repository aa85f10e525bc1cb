-- A report lists what failed in a period: what stands still is found by finding_not_passing, what has ended by this one. Storing a finding costs
-- nothing more, ending one that did not pass an entry.
CREATE INDEX "finding_not_passing_ended" ON "finding" ("organization_id", "control_id", "integration_id", "type", "status", "resource_sha", "id")
  WHERE "valid_to" IS NOT NULL AND "status" IN ('fail', 'unknown');
