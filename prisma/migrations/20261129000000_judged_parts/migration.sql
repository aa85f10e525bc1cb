-- A verdict sums up the populations of a part of the integrations anew only where something in that part has changed (decision 22). An integration
-- belongs to one of 256 parts, by the last byte of its id.
--   part_change   counts what may change a sum of the part: an integration of it comes, goes or shows its first pass, or a population of it is judged
--   judged_part   what one control's populations of one part come to, and the count at which they did
CREATE TABLE "part_change" (
    "organization_id" UUID NOT NULL,
    "part" SMALLINT NOT NULL,
    "changes" BIGINT NOT NULL DEFAULT 1,

    CONSTRAINT "part_change_pkey" PRIMARY KEY ("organization_id","part")
);
CREATE TABLE "judged_part" (
    "organization_id" UUID NOT NULL,
    "control_id" TEXT COLLATE "C" NOT NULL,
    "type" TEXT COLLATE "C" NOT NULL,
    "connector" TEXT COLLATE "C" NOT NULL,
    "part" SMALLINT NOT NULL,
    "changes" BIGINT NOT NULL,
    "integrations" INTEGER NOT NULL,
    "complete" INTEGER NOT NULL,
    "pass" BIGINT NOT NULL,
    "fail" BIGINT NOT NULL,
    "unknown" BIGINT NOT NULL,
    "not_applicable" BIGINT NOT NULL,
    "open_gaps" BIGINT NOT NULL,
    "proven_at" TIMESTAMPTZ(3),
    "failure_proven_at" TIMESTAMPTZ(3),

    CONSTRAINT "judged_part_pkey" PRIMARY KEY ("organization_id","control_id","type","connector","part")
);
-- Both are updated by every run; no column of an index changes, so there is always room on the page.
ALTER TABLE "part_change" SET (fillfactor = 50);
ALTER TABLE "judged_part" SET (fillfactor = 50);

CREATE FUNCTION part_of(integration_id uuid) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN get_byte(uuid_send(integration_id), 15);

-- A column of its own: under row security no index is used by what a function makes of a row.
ALTER TABLE "integration" ADD COLUMN "part" SMALLINT NOT NULL DEFAULT 0;
CREATE FUNCTION set_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.part := part_of(NEW.id);
  RETURN NEW;
END $$;
CREATE TRIGGER integration_in_part BEFORE INSERT ON "integration" FOR EACH ROW EXECUTE FUNCTION set_part();

CREATE FUNCTION note_integration() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO part_change (organization_id, part) VALUES (NEW.organization_id, NEW.part)
  ON CONFLICT (organization_id, part) DO UPDATE SET changes = part_change.changes + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER integration_added AFTER INSERT ON "integration" FOR EACH ROW EXECUTE FUNCTION note_integration();
CREATE TRIGGER integration_changed AFTER UPDATE OF "status", "removed_at", "connector" ON "integration" FOR EACH ROW
  WHEN ((OLD.status, OLD.removed_at, OLD.connector) IS DISTINCT FROM (NEW.status, NEW.removed_at, NEW.connector))
  EXECUTE FUNCTION note_integration();

-- One that is pending counts from its first pass on.
CREATE FUNCTION note_pass() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE part_change SET changes = changes + 1
  WHERE organization_id = NEW.organization_id AND part = part_of(NEW.integration_id)
    AND EXISTS (SELECT FROM integration WHERE organization_id = NEW.organization_id AND id = NEW.integration_id AND status = 'pending');
  RETURN NULL;
END $$;
CREATE TRIGGER pass_opened AFTER INSERT ON "stream_run" FOR EACH ROW EXECUTE FUNCTION note_pass();

-- In one order, so that two statements never wait for each other.
CREATE FUNCTION note_judged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO part_change (organization_id, part)
  SELECT organization_id, part_of(integration_id) FROM judged GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (organization_id, part) DO UPDATE SET changes = part_change.changes + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER population_added AFTER INSERT ON "judged_population" REFERENCING NEW TABLE AS judged
  FOR EACH STATEMENT EXECUTE FUNCTION note_judged();
CREATE TRIGGER population_changed AFTER UPDATE ON "judged_population" REFERENCING NEW TABLE AS judged
  FOR EACH STATEMENT EXECUTE FUNCTION note_judged();

-- Row security binds the owner, too, whom no policy lets see a row.
ALTER TABLE "integration" NO FORCE ROW LEVEL SECURITY;
UPDATE "integration" SET "part" = part_of("id");
INSERT INTO "part_change" ("organization_id", "part") SELECT DISTINCT "organization_id", "part" FROM "integration";
ALTER TABLE "integration" FORCE ROW LEVEL SECURITY;
CREATE INDEX "integration_part" ON "integration" ("organization_id", "part");

ALTER TABLE "part_change" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "part_change" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "part_change" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON "part_change" TO fleet_app;
ALTER TABLE "judged_part" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "judged_part" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "judged_part" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON "judged_part" TO fleet_app;
