-- A pass that listed everything showed every key that it did not miss, though it is called partial as long as a gap is held. Of passes before this
-- column only those that were complete are known to have.
ALTER TABLE "stream_run" ADD COLUMN "listed_all" BOOLEAN NOT NULL DEFAULT false;
