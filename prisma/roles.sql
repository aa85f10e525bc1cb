-- Roles of one database, made once by a superuser before the first migration; safe to run again. Passwords are set apart, by
-- packages/db/src/bootstrap.ts or by the operator (ALTER ROLE … PASSWORD …): none stands here.
--   fleet_owner      owns every object, cannot log in
--   fleet_migrator   runs migrations, as fleet_owner
--   fleet_app        workers and CLI: one organization a transaction, by row-level security
--   fleet_scheduler  scheduling columns only: no credentials, no evidence, no gaps
--   fleet_keys       wrapped organization keys only: `fleet keys rotate`
DO $$
DECLARE r text;
BEGIN
  FOREACH r IN ARRAY ARRAY['fleet_owner', 'fleet_migrator', 'fleet_app', 'fleet_scheduler', 'fleet_keys'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', r);
    END IF;
    IF r <> 'fleet_owner' THEN EXECUTE format('ALTER ROLE %I LOGIN', r); END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), r);
  END LOOP;
  GRANT fleet_owner TO fleet_migrator;
  EXECUTE format('ALTER ROLE fleet_migrator IN DATABASE %I SET role = fleet_owner', current_database());
  -- The app reads pages and writes batches: a parallel worker costs more to start than it gives.
  EXECUTE format('ALTER ROLE fleet_app IN DATABASE %I SET max_parallel_workers_per_gather = 0', current_database());
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
END $$;
ALTER SCHEMA public OWNER TO fleet_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO fleet_app, fleet_scheduler, fleet_keys;
