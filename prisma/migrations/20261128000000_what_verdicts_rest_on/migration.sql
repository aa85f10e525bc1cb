-- What the verdict of a control rests on, kept by each population's own judgement: a verdict sums these rows up and reads nothing else. Of what
-- was judged before, a verdict knows nothing until its integration has synced again, and is unknown.
ALTER TABLE "judgement" ADD COLUMN "is_complete" BOOLEAN NOT NULL DEFAULT false, ADD COLUMN "proven_at" TIMESTAMPTZ(3), ADD COLUMN "failure_proven_at" TIMESTAMPTZ(3),
  ADD COLUMN "open_gaps" INTEGER NOT NULL DEFAULT 0;
-- Questions and answers out of line: those who sum up do not pass over them.
ALTER TABLE "judgement" SET (toast_tuple_target = 128);
