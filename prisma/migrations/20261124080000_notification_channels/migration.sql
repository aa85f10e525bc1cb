-- Where an organization's notifications are sent, and what became of each.
CREATE TABLE "notification_channel" (
    "organization_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "target" TEXT COLLATE "C" NOT NULL,
    "wrapped_key" BYTEA,
    "sealed" BYTEA,
    "due_at" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "failing_since" TIMESTAMPTZ(3),
    "failing_reason" TEXT COLLATE "C",
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "notification_channel_pkey" PRIMARY KEY ("organization_id","id")
);
CREATE TABLE "notification_delivery" (
    "organization_id" UUID NOT NULL,
    "channel_id" UUID NOT NULL,
    "notification_id" UUID NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT COLLATE "C",
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "delivered_at" TIMESTAMPTZ(3),
    "abandoned_at" TIMESTAMPTZ(3),

    CONSTRAINT "notification_delivery_pkey" PRIMARY KEY ("organization_id","notification_id","channel_id")
);
ALTER TABLE "notification_delivery" ADD CONSTRAINT "notification_delivery_organization_id_channel_id_fkey"
  FOREIGN KEY ("organization_id", "channel_id") REFERENCES "notification_channel"("organization_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "notification_delivery" ADD CONSTRAINT "notification_delivery_organization_id_notification_id_fkey"
  FOREIGN KEY ("organization_id", "notification_id") REFERENCES "notification"("organization_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "notification_channel" ADD CHECK ("kind" IN ('webhook', 'mail')), ADD CHECK (("wrapped_key" IS NULL) = ("sealed" IS NULL));
ALTER TABLE "notification_delivery" ADD CHECK ("delivered_at" IS NULL OR "abandoned_at" IS NULL);
-- Raised by every notification: room on the page for it.
ALTER TABLE "notification_channel" SET (fillfactor = 70);
CREATE UNIQUE INDEX "notification_channel_name" ON "notification_channel" ("organization_id", "name") WHERE "removed_at" IS NULL;
-- What the scheduler rings next.
CREATE INDEX "notification_channel_due" ON "notification_channel" ("due_at") WHERE "due_at" IS NOT NULL;
-- What a channel has to send: first what was never tried, so that one notification that is refused holds up no other.
CREATE INDEX "notification_delivery_pending" ON "notification_delivery" ("organization_id", "channel_id", "attempts", "created_at")
  WHERE "delivered_at" IS NULL AND "abandoned_at" IS NULL;

ALTER TABLE "notification_channel" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "notification_channel" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "notification_channel" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
ALTER TABLE "notification_delivery" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "notification_delivery" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "notification_delivery" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE ON "notification_channel" TO fleet_app;
GRANT SELECT, INSERT, UPDATE ("attempts", "error", "delivered_at", "abandoned_at") ON "notification_delivery" TO fleet_app;

-- The scheduler sees which channels are due, never where they lead, and has what it tells itself sent to them.
CREATE POLICY scheduler ON "notification_channel" TO fleet_scheduler USING (true) WITH CHECK (true);
CREATE POLICY scheduler ON "notification_delivery" FOR INSERT TO fleet_scheduler WITH CHECK (true);
GRANT SELECT ("organization_id", "id", "due_at", "removed_at"), UPDATE ("due_at") ON "notification_channel" TO fleet_scheduler;
GRANT INSERT ("organization_id", "channel_id", "notification_id") ON "notification_delivery" TO fleet_scheduler;
