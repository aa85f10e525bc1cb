-- CreateEnum
CREATE TYPE "integration_status" AS ENUM ('pending', 'active', 'degraded', 'error', 'paused', 'disabled');

-- CreateEnum
CREATE TYPE "run_trigger" AS ENUM ('schedule', 'demand');

-- CreateEnum
CREATE TYPE "run_state" AS ENUM ('queued', 'running', 'waiting', 'succeeded', 'partial', 'failed', 'cancelled');

-- CreateEnum
CREATE TYPE "stream_status" AS ENUM ('open', 'complete', 'partial', 'failed');

-- CreateTable
CREATE TABLE "organization" (
    "id" UUID NOT NULL,
    "slug" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "organization_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "organization_key" (
    "organization_id" UUID NOT NULL,
    "key_id" TEXT COLLATE "C" NOT NULL,
    "wrapped" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "rewrapped_at" TIMESTAMPTZ(3),

    CONSTRAINT "organization_key_pkey" PRIMARY KEY ("organization_id")
);

-- CreateTable
CREATE TABLE "integration" (
    "organization_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "connector" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "settings" JSONB NOT NULL,
    "endpoint" TEXT COLLATE "C",
    "status" "integration_status" NOT NULL DEFAULT 'pending',
    "status_reason" TEXT COLLATE "C",
    "account_id" TEXT COLLATE "C",
    "account_title" TEXT COLLATE "C",
    "quota_scope" TEXT COLLATE "C",
    "grants" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "credential_version" INTEGER NOT NULL DEFAULT 0,
    "interval_minutes" INTEGER,
    "cron" TEXT COLLATE "C",
    "time_zone" TEXT COLLATE "C",
    "next_sync_at" TIMESTAMPTZ(3),
    "next_health_at" TIMESTAMPTZ(3),
    "health_failures" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "integration_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "credential" (
    "organization_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "integration_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "wrapped_key" BYTEA NOT NULL,
    "sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "credential_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "sync_run" (
    "organization_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "integration_id" UUID NOT NULL,
    "trigger" "run_trigger" NOT NULL,
    "state" "run_state" NOT NULL DEFAULT 'queued',
    "types" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "available_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "crash_count" INTEGER NOT NULL DEFAULT 0,
    "cancel_requested_at" TIMESTAMPTZ(3),
    "lease_owner" TEXT COLLATE "C",
    "lease_until" TIMESTAMPTZ(3),
    "fence" BIGINT NOT NULL DEFAULT 0,
    "ring" INTEGER NOT NULL DEFAULT 0,
    "rung_at" TIMESTAMPTZ(3),
    "rank" INTEGER NOT NULL DEFAULT 1,
    "follow_up_id" UUID,
    "follow_up_types" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "follow_up_requested_at" TIMESTAMPTZ(3),
    "error_code" TEXT COLLATE "C",
    "error_message" TEXT COLLATE "C",
    "manifest" JSONB,

    CONSTRAINT "sync_run_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "sync_attempt" (
    "organization_id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "fence" BIGINT NOT NULL,
    "worker" TEXT COLLATE "C" NOT NULL,
    "claimed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "released_at" TIMESTAMPTZ(3),
    "ended_as" TEXT COLLATE "C",
    "calls" JSONB NOT NULL DEFAULT '[]',

    CONSTRAINT "sync_attempt_pkey" PRIMARY KEY ("organization_id","run_id","fence")
);

-- CreateTable
CREATE TABLE "stream_run" (
    "organization_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "integration_id" UUID NOT NULL,
    "type" TEXT COLLATE "C" NOT NULL,
    "type_version" INTEGER NOT NULL,
    "mode" TEXT COLLATE "C" NOT NULL,
    "slice" TEXT COLLATE "C" NOT NULL,
    "status" "stream_status" NOT NULL DEFAULT 'open',
    "opened_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "closed_at" TIMESTAMPTZ(3),
    "checkpoint" TEXT COLLATE "C",
    "since" TEXT COLLATE "C",
    "watermark" TEXT COLLATE "C",
    "visibility" BYTEA NOT NULL,
    "expected" INTEGER,
    "batches" INTEGER NOT NULL DEFAULT 0,
    "seen" INTEGER NOT NULL DEFAULT 0,
    "added" INTEGER NOT NULL DEFAULT 0,
    "changed" INTEGER NOT NULL DEFAULT 0,
    "unchanged" INTEGER NOT NULL DEFAULT 0,
    "retired" INTEGER NOT NULL DEFAULT 0,
    "gaps" INTEGER NOT NULL DEFAULT 0,
    "error_code" TEXT COLLATE "C",
    "error_message" TEXT COLLATE "C",

    CONSTRAINT "stream_run_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "stream_seen" (
    "organization_id" UUID NOT NULL,
    "stream_run_id" UUID NOT NULL,
    "batch" INTEGER NOT NULL,
    "key_shas" BYTEA[],

    CONSTRAINT "stream_seen_pkey" PRIMARY KEY ("organization_id","stream_run_id","batch")
);

-- CreateTable
CREATE TABLE "evidence" (
    "organization_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "integration_id" UUID NOT NULL,
    "type" TEXT COLLATE "C" NOT NULL,
    "type_version" INTEGER NOT NULL,
    "slice" TEXT COLLATE "C" NOT NULL,
    "key" JSONB NOT NULL,
    "key_sha" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,
    "material" JSONB NOT NULL,
    "salt" BYTEA NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "from_run_id" UUID NOT NULL,
    "valid_to" TIMESTAMPTZ(3),
    "to_run_id" UUID,
    "end_reason" TEXT COLLATE "C",

    CONSTRAINT "evidence_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "evidence_head" (
    "organization_id" UUID NOT NULL,
    "integration_id" UUID NOT NULL,
    "type" TEXT COLLATE "C" NOT NULL,
    "key_sha" BYTEA NOT NULL,
    "slice" TEXT COLLATE "C" NOT NULL,
    "version_id" UUID NOT NULL,
    "hash" BYTEA NOT NULL,
    "unversioned" JSONB,
    "observed" JSONB NOT NULL,
    "missing_passes" INTEGER NOT NULL DEFAULT 0,
    "missing_since" TIMESTAMPTZ(3),
    "seen_visibility" BYTEA,

    CONSTRAINT "evidence_head_pkey" PRIMARY KEY ("organization_id","integration_id","type","key_sha")
);

-- CreateTable
CREATE TABLE "gap" (
    "organization_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "integration_id" UUID NOT NULL,
    "type" TEXT COLLATE "C" NOT NULL,
    "slice" TEXT COLLATE "C" NOT NULL,
    "scope" TEXT COLLATE "C" NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "detail" TEXT COLLATE "C" NOT NULL,
    "key_sha" BYTEA,
    "opened_run_id" UUID NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "stream_run_id" UUID NOT NULL,
    "closed_run_id" UUID,
    "closed_at" TIMESTAMPTZ(3),
    "confirmed_at" TIMESTAMPTZ(3),

    CONSTRAINT "gap_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "finding" (
    "organization_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "control_id" TEXT COLLATE "C" NOT NULL,
    "integration_id" UUID NOT NULL,
    "type" TEXT COLLATE "C" NOT NULL,
    "resource_sha" BYTEA NOT NULL,
    "resource" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "from_run_id" UUID NOT NULL,
    "valid_to" TIMESTAMPTZ(3),
    "to_run_id" UUID,

    CONSTRAINT "finding_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "verdict" (
    "organization_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "control_id" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "why" JSONB NOT NULL,
    "fresh_until" TIMESTAMPTZ(3) NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "from_run_id" UUID NOT NULL,
    "valid_to" TIMESTAMPTZ(3),
    "to_run_id" UUID,

    CONSTRAINT "verdict_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "health_check" (
    "organization_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "integration_id" UUID NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "error_code" TEXT COLLATE "C",
    "message" TEXT COLLATE "C",
    "checked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "health_check_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "notification" (
    "organization_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "integration_id" UUID,
    "kind" TEXT COLLATE "C" NOT NULL,
    "message" TEXT COLLATE "C" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "delivered_at" TIMESTAMPTZ(3),

    CONSTRAINT "notification_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "audit_log" (
    "organization_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT COLLATE "C" NOT NULL,
    "action" TEXT COLLATE "C" NOT NULL,
    "subject" TEXT COLLATE "C" NOT NULL,
    "details" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "organization_slug_key" ON "organization"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "credential_organization_id_integration_id_version_key" ON "credential"("organization_id", "integration_id", "version");

-- CreateIndex
CREATE INDEX "sync_run_organization_id_integration_id_requested_at_idx" ON "sync_run"("organization_id", "integration_id", "requested_at" DESC);

-- CreateIndex
CREATE INDEX "stream_run_organization_id_integration_id_type_slice_opened_idx" ON "stream_run"("organization_id", "integration_id", "type", "slice", "opened_at" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "stream_run_organization_id_run_id_type_slice_key" ON "stream_run"("organization_id", "run_id", "type", "slice");

-- CreateIndex
CREATE INDEX "evidence_organization_id_type_key_sha_integration_id_valid__idx" ON "evidence"("organization_id", "type", "key_sha", "integration_id", "valid_from");

-- CreateIndex
CREATE INDEX "evidence_head_organization_id_type_key_sha_integration_id_idx" ON "evidence_head"("organization_id", "type", "key_sha", "integration_id");

-- CreateIndex
CREATE INDEX "gap_organization_id_integration_id_type_slice_idx" ON "gap"("organization_id", "integration_id", "type", "slice");

-- CreateIndex
CREATE INDEX "finding_organization_id_control_id_valid_from_idx" ON "finding"("organization_id", "control_id", "valid_from");

-- CreateIndex
CREATE INDEX "verdict_organization_id_control_id_valid_from_idx" ON "verdict"("organization_id", "control_id", "valid_from");

-- CreateIndex
CREATE INDEX "health_check_organization_id_integration_id_checked_at_idx" ON "health_check"("organization_id", "integration_id", "checked_at" DESC);

-- AddForeignKey
ALTER TABLE "organization_key" ADD CONSTRAINT "organization_key_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "integration" ADD CONSTRAINT "integration_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credential" ADD CONSTRAINT "credential_organization_id_integration_id_fkey" FOREIGN KEY ("organization_id", "integration_id") REFERENCES "integration"("organization_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sync_run" ADD CONSTRAINT "sync_run_organization_id_integration_id_fkey" FOREIGN KEY ("organization_id", "integration_id") REFERENCES "integration"("organization_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sync_attempt" ADD CONSTRAINT "sync_attempt_organization_id_run_id_fkey" FOREIGN KEY ("organization_id", "run_id") REFERENCES "sync_run"("organization_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stream_run" ADD CONSTRAINT "stream_run_organization_id_run_id_fkey" FOREIGN KEY ("organization_id", "run_id") REFERENCES "sync_run"("organization_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "health_check" ADD CONSTRAINT "health_check_organization_id_integration_id_fkey" FOREIGN KEY ("organization_id", "integration_id") REFERENCES "integration"("organization_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;


-- What Prisma's language cannot say -------------------------------------------------------------------------------------------

-- One unfinished run an integration.
CREATE UNIQUE INDEX "sync_run_unfinished" ON "sync_run" ("organization_id", "integration_id") WHERE "state" IN ('queued', 'running', 'waiting');
-- The scheduler's questions: what is to be rung, what stands in the window, whose lease is over.
CREATE INDEX "sync_run_to_ring" ON "sync_run" ("available_at") WHERE "state" IN ('queued', 'waiting') AND "rung_at" IS NULL;
CREATE INDEX "sync_run_window" ON "sync_run" ("rung_at") WHERE "state" IN ('queued', 'waiting') AND "rung_at" IS NOT NULL;
CREATE INDEX "sync_run_lease" ON "sync_run" ("lease_until") WHERE "state" = 'running';
CREATE INDEX "integration_sync_due" ON "integration" ("next_sync_at") WHERE "status" IN ('pending', 'active', 'degraded') AND "removed_at" IS NULL;
CREATE INDEX "integration_sync_due_fair" ON "integration" ("organization_id", "next_sync_at") WHERE "status" IN ('pending', 'active', 'degraded') AND "removed_at" IS NULL;
CREATE INDEX "integration_health_due" ON "integration" ("next_health_at") WHERE "status" IN ('pending', 'active', 'degraded', 'error') AND "removed_at" IS NULL;
CREATE UNIQUE INDEX "integration_name" ON "integration" ("organization_id", "name") WHERE "removed_at" IS NULL;
CREATE UNIQUE INDEX "gap_open" ON "gap" ("organization_id", "integration_id", "type", "slice", "scope", "reason") WHERE "closed_at" IS NULL;
CREATE UNIQUE INDEX "finding_open" ON "finding" ("organization_id", "control_id", "integration_id", "type", "resource_sha") WHERE "valid_to" IS NULL;
CREATE UNIQUE INDEX "verdict_open" ON "verdict" ("organization_id", "control_id") WHERE "valid_to" IS NULL;

ALTER TABLE "evidence" ADD CHECK (octet_length("key_sha") = 32 AND octet_length("hash") = 32 AND octet_length("salt") = 16),
  ADD CHECK (("valid_to" IS NULL) = ("end_reason" IS NULL) AND ("valid_to" IS NULL OR "valid_to" >= "valid_from"));
ALTER TABLE "finding" ADD CHECK ("status" IN ('pass', 'fail', 'unknown', 'not_applicable'));
ALTER TABLE "verdict" ADD CHECK ("status" IN ('pass', 'fail', 'unknown', 'not_applicable'));
ALTER TABLE "integration" ADD CHECK ("interval_minutes" IS NULL OR "cron" IS NULL), ADD CHECK ("interval_minutes" > 0);

-- Heads and runs are updated in place: room on the page keeps those updates out of the indexes.
ALTER TABLE "evidence_head" SET (fillfactor = 70);
ALTER TABLE "sync_run" SET (fillfactor = 70);
ALTER TABLE "integration" SET (fillfactor = 80);

-- A verdict past its freshness reads as unknown, though no process runs.
CREATE VIEW "current_verdict" WITH (security_invoker = true) AS
  SELECT "organization_id", "control_id", "valid_from", "fresh_until",
    CASE WHEN clock_timestamp() > "fresh_until" THEN 'unknown' ELSE "status" END AS "status",
    CASE WHEN clock_timestamp() > "fresh_until" THEN "why" || '{"stale": true}' ELSE "why" END AS "why"
  FROM "verdict" WHERE "valid_to" IS NULL;

-- (No DO block below: Prisma's engine splits scripts at every semicolon, also inside comments and dollar quotes.)
-- Tenancy: every table, the owner included. The setting is '' after a transaction that set it locally, hence nullif. ----------------
ALTER TABLE "organization" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "organization" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "organization" TO fleet_app USING ("id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
ALTER TABLE "organization_key" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "organization_key" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "organization_key" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
ALTER TABLE "integration" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "integration" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "integration" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
ALTER TABLE "credential" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "credential" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "credential" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
ALTER TABLE "sync_run" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "sync_run" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "sync_run" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
ALTER TABLE "sync_attempt" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "sync_attempt" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "sync_attempt" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
ALTER TABLE "stream_run" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "stream_run" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "stream_run" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
ALTER TABLE "stream_seen" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "stream_seen" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "stream_seen" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
ALTER TABLE "evidence" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "evidence" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "evidence" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
ALTER TABLE "evidence_head" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "evidence_head" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "evidence_head" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
ALTER TABLE "gap" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "gap" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "gap" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
ALTER TABLE "finding" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "finding" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "finding" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
ALTER TABLE "verdict" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "verdict" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "verdict" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
ALTER TABLE "health_check" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "health_check" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "health_check" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
ALTER TABLE "notification" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "notification" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "notification" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
ALTER TABLE "audit_log" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "audit_log" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "audit_log" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
-- An organization is found by its exact slug, never listed.
CREATE POLICY by_slug ON "organization" FOR SELECT TO fleet_app
  USING ("slug" = (SELECT nullif(current_setting('app.organization_slug', true), '')));
CREATE POLICY scheduler ON "integration" TO fleet_scheduler USING (true) WITH CHECK (true);
CREATE POLICY scheduler ON "sync_run" TO fleet_scheduler USING (true) WITH CHECK (true);
CREATE POLICY scheduler ON "sync_attempt" TO fleet_scheduler USING (true) WITH CHECK (true);
CREATE POLICY keys ON "organization_key" TO fleet_keys USING (true) WITH CHECK (true);

GRANT USAGE ON SCHEMA "public" TO fleet_app, fleet_scheduler, fleet_keys;

GRANT SELECT, INSERT ON "organization", "organization_key", "integration", "credential", "sync_run", "sync_attempt", "stream_run",
  "stream_seen", "evidence", "evidence_head", "gap", "finding", "verdict", "health_check", "notification", "audit_log" TO fleet_app;
GRANT SELECT ON "current_verdict" TO fleet_app;
GRANT UPDATE ON "organization_key", "integration", "sync_run", "sync_attempt", "stream_run", "evidence_head", "gap", "verdict",
  "notification" TO fleet_app;
-- A version and a finding are immutable but for their end.
GRANT UPDATE ("valid_to", "to_run_id", "end_reason") ON "evidence" TO fleet_app;
GRANT UPDATE ("valid_to", "to_run_id") ON "finding" TO fleet_app;
GRANT DELETE ON "organization_key", "credential", "stream_seen", "evidence_head" TO fleet_app;

-- The scheduler sees when, never what.
GRANT SELECT ("organization_id", "id", "status", "interval_minutes", "cron", "time_zone", "next_sync_at", "next_health_at",
  "health_failures", "removed_at"), UPDATE ("next_sync_at", "next_health_at") ON "integration" TO fleet_scheduler;
GRANT SELECT ("organization_id", "id", "integration_id", "trigger", "state", "requested_at", "available_at", "started_at", "lease_until",
  "fence", "ring", "rung_at", "rank", "crash_count", "cancel_requested_at"),
  INSERT ("organization_id", "id", "integration_id", "trigger", "state", "ring", "rung_at", "rank"),
  UPDATE ("state", "available_at", "lease_owner", "lease_until", "ring", "rung_at", "rank", "crash_count") ON "sync_run" TO fleet_scheduler;
GRANT SELECT ("organization_id", "run_id", "fence", "released_at"), UPDATE ("released_at", "ended_as") ON "sync_attempt" TO fleet_scheduler;

-- Rotation rewraps and sees wrapped keys only.
GRANT SELECT ("organization_id", "key_id", "wrapped"), UPDATE ("key_id", "wrapped", "rewrapped_at") ON "organization_key" TO fleet_keys;
