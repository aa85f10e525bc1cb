-- What a source has forgotten before a pass came is a gap, and the next pass goes on from that pass all the same.
ALTER TABLE "stream_run" ADD COLUMN "since_at" TIMESTAMPTZ(3), ADD COLUMN "carries_on" BOOLEAN NOT NULL DEFAULT false;
