-- Whose an account at a provider is, where the directory's assignments do not say.
CREATE TABLE "person_account" (
    "organization_id" UUID NOT NULL,
    "connector" TEXT NOT NULL,
    "account" TEXT COLLATE "C" NOT NULL,
    "person" TEXT,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "person_account_pkey" PRIMARY KEY ("organization_id","connector","account")
);
ALTER TABLE "person_account" ADD CHECK ("account" = lower("account") AND "account" <> '' AND "person" <> '');
ALTER TABLE "person_account" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "person_account" FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "person_account" TO fleet_app USING ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid))
  WITH CHECK ("organization_id" = (SELECT nullif(current_setting('app.organization_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE, DELETE ON "person_account" TO fleet_app;
ALTER TABLE "person_account" ADD CONSTRAINT "person_account_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
