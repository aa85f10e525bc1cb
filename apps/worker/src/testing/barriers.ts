import { type Fleet, until } from '@evidence-fleet/testbed';

/** Moments in a run, each inside a transaction of the worker that holds it. */
const moments = {
  /** The doorbell was heard; the claim is written and not committed. */
  claiming: `INSERT ON sync_attempt FOR EACH ROW`,
  /** Versions and heads of a batch are written; its checkpoint is not. */
  'committing a batch': `UPDATE ON stream_run FOR EACH ROW WHEN (NEW.batches > OLD.batches)`,
  /** What was not seen is settled; the stream is not closed. */
  'closing a stream': `UPDATE ON stream_run FOR EACH ROW WHEN (OLD.status = 'open' AND NEW.status <> 'open')`,
  /** Findings that do not hold any more are ended; the new ones are not there. */
  judging: `INSERT ON finding FOR EACH ROW`,
} as const;

export type Moment = keyof typeof moments;

/** Makes workers stop at a moment for as long as it is raised: they wait in Postgres, as for a slow disk. */
export interface Barrier {
  /** Resolves when a worker waits at it. */
  reached(): Promise<void>;
  lower(): Promise<void>;
}

/** Puts a trigger at every moment. As long as no barrier is raised they cost a shared lock that nobody holds against them. */
export async function installBarriers(superuser: Fleet['superuser']): Promise<void> {
  await superuser.query(`
    CREATE FUNCTION wait_at_barrier() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock_shared(hashtext(TG_ARGV[0]), hashtext(NEW.organization_id::text));
      RETURN NEW;
    END $$`);
  for (const [moment, site] of Object.entries(moments))
    await superuser.query(`CREATE TRIGGER "at ${moment}" BEFORE ${site} EXECUTE FUNCTION wait_at_barrier('${moment}')`);
}

export async function raiseBarrier(
  superuser: Fleet['superuser'],
  moment: Moment,
  organizationId: string,
): Promise<Barrier> {
  const place = [moment, organizationId];
  const client = await superuser.connect();
  await client.query('SELECT pg_advisory_lock(hashtext($1), hashtext($2))', place);
  return {
    async reached() {
      await until(`a worker waits at ${moment}`, async () => {
        const { rowCount } = await superuser.query(
          `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
             AND classid = hashtext($1)::oid AND objid = hashtext($2)::oid`,
          place,
        );
        return rowCount === 1;
      });
    },
    async lower() {
      await client.query('SELECT pg_advisory_unlock(hashtext($1), hashtext($2))', place);
      client.release();
    },
  };
}
