-- What a batch has seen is noted by half of each key's SHA-256: 16 bytes an item instead of 36. Workers before this one go on writing the
-- whole digests, and both are read.
ALTER TABLE "stream_seen" ADD COLUMN "key_ids" UUID[] DEFAULT ARRAY[]::UUID[];
ALTER TABLE "stream_seen" ALTER COLUMN "key_shas" SET DEFAULT ARRAY[]::BYTEA[];

-- Digests cannot be compressed: trying costs time.
ALTER TABLE "stream_seen" ALTER COLUMN "key_ids" SET STORAGE EXTERNAL;
