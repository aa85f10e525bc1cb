-- What other services call the API with. The token itself is shown once and stands nowhere, its SHA-256 does: 256 random bits need no salt.
CREATE TABLE "service_token" (
    "organization_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "token_sha" BYTEA NOT NULL,
    "scopes" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT COLLATE "C" NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_by" TEXT COLLATE "C",
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "service_token_pkey" PRIMARY KEY ("organization_id","id")
);
CREATE UNIQUE INDEX "service_token_token_sha_key" ON "service_token" ("token_sha");
ALTER TABLE "service_token" ADD CONSTRAINT "service_token_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "service_token" ADD CHECK (octet_length("token_sha") = 32), ADD CHECK (("revoked_at" IS NULL) = ("revoked_by" IS NULL));
-- Last use is noted in place: room on the page for it.
ALTER TABLE "service_token" SET (fillfactor = 70);
CREATE UNIQUE INDEX "service_token_name" ON "service_token" ("organization_id", "name") WHERE "revoked_at" IS NULL;

-- A request that named a key, and the run that answers it: the same key within a day is the same request.
CREATE TABLE "sync_request" (
    "organization_id" UUID NOT NULL,
    "token_id" UUID NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "integration_id" UUID NOT NULL,
    "types" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "run_id" UUID NOT NULL,
    "how" TEXT COLLATE "C" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sync_request_pkey" PRIMARY KEY ("organization_id","token_id","key")
);
CREATE INDEX "sync_request_organization_id_created_at_idx" ON "sync_request" ("organization_id", "created_at");
ALTER TABLE "sync_request" ADD CHECK ("how" IN ('created', 'joined', 'follow_up'));

ALTER TABLE "service_token" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "service_token" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "service_token" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
-- Whose a token is has to be known before the tenant is: a row is found by its exact hash, never listed, as an organization is by its slug.
CREATE POLICY by_token ON "service_token" FOR SELECT TO fleet_app
  USING ("token_sha" = (SELECT decode(nullif(current_setting('app.token_sha', true), ''), 'hex')));
ALTER TABLE "sync_request" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "sync_request" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "sync_request" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
-- A token is never deleted, and nobody moves its end or widens what it may.
GRANT SELECT, INSERT, UPDATE ("revoked_at", "revoked_by", "last_used_at") ON "service_token" TO fleet_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "sync_request" TO fleet_app;
