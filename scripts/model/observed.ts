import type pg from 'pg';
import type { RunState } from '../../packages/db/src/generated/enums.ts';

/** A row of sync_run as JSON out of Postgres: times are text. */
export interface RunRow {
  readonly organization_id: string;
  readonly id: string;
  readonly integration_id: string;
  readonly trigger: 'schedule' | 'demand';
  readonly state: RunState;
  readonly types: readonly string[];
  readonly requested_at: string;
  readonly available_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly attempts: number;
  readonly crash_count: number;
  readonly cancel_requested_at: string | null;
  readonly lease_owner: string | null;
  readonly lease_until: string | null;
  readonly fence: number;
  readonly ring: number;
  readonly rung_at: string | null;
  readonly follow_up_id: string | null;
  readonly follow_up_types: readonly string[];
}

interface Change {
  /** In the order of happening, as far as one run goes: its row's lock orders them. */
  readonly seq: number;
  readonly at: string;
  readonly tx: string;
  /** The role that did it. The superuser only moves time and makes dates due. */
  readonly by: string;
}

/** A run was made or changed. */
export interface RunChange extends Change {
  readonly kind: 'run';
  readonly before: RunRow | null;
  readonly after: RunRow;
}

/** An integration's next date moved. */
export interface DateChange extends Change {
  readonly kind: 'date';
  readonly before: { readonly next_sync_at: string | null };
  readonly after: { readonly id: string; readonly next_sync_at: string | null };
}

/** A stream run took a batch or was closed, and how its run stood at that moment. */
export interface Write extends Change {
  readonly kind: 'write';
  readonly before: { readonly batches: number; readonly status: string };
  readonly after: { readonly run_id: string; readonly id: string; readonly batches: number; readonly status: string };
  readonly run: Pick<RunRow, 'state' | 'fence' | 'crash_count'>;
}

export type Observed = RunChange | DateChange | Write;

/** Lets the database itself note every change of a run, of a date and every write of evidence, whoever makes it. */
export async function installObserver(superuser: pg.Pool): Promise<void> {
  await superuser.query(`
    CREATE SCHEMA model;
    CREATE UNLOGGED TABLE model.observed (seq bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(),
      tx xid8 NOT NULL DEFAULT pg_current_xact_id(), by text NOT NULL DEFAULT session_user, kind text NOT NULL, before jsonb, after jsonb,
      run jsonb);
    CREATE FUNCTION model.observe() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = model, public AS $$
    BEGIN
      INSERT INTO model.observed (kind, before, after, run) VALUES (TG_ARGV[0], CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) END, to_jsonb(NEW),
        CASE WHEN TG_ARGV[0] = 'write' THEN (SELECT jsonb_build_object('state', state, 'fence', fence, 'crash_count', crash_count)
          FROM public.sync_run WHERE organization_id = (to_jsonb(NEW) ->> 'organization_id')::uuid AND id = (to_jsonb(NEW) ->> 'run_id')::uuid)
        END);
      RETURN NULL;
    END $$;
    CREATE TRIGGER observe AFTER INSERT OR UPDATE ON sync_run FOR EACH ROW EXECUTE FUNCTION model.observe('run');
    CREATE TRIGGER observe AFTER UPDATE OF next_sync_at ON integration FOR EACH ROW
      WHEN (OLD.next_sync_at IS DISTINCT FROM NEW.next_sync_at) EXECUTE FUNCTION model.observe('date');
    CREATE TRIGGER observe AFTER UPDATE ON stream_run FOR EACH ROW EXECUTE FUNCTION model.observe('write');`);
}

/** What happened after `seq`, in order. */
export async function observedSince(superuser: pg.Pool, seq: number): Promise<Observed[]> {
  const { rows } = await superuser.query(
    `SELECT seq::int, to_jsonb(at) #>> '{}' AS at, tx::text, by, kind, before, after, run FROM model.observed WHERE seq > $1 ORDER BY seq`,
    [seq],
  );
  return rows as Observed[]; // written by the trigger above
}
