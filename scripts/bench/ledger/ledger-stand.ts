import { createDatabase, createOrganization, requestSync, uuid } from '@evidence-fleet/db';
import { startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { createVault, generateKey, parseKeyring } from '@evidence-fleet/vault';
import pg from 'pg';
import type { Assets } from './assets.ts';
import { playSync } from './play-sync.ts';
import type { SyncMeasured } from './sync-task.ts';

/** A migrated database as in production, with integrations of one organization whose syncs are measured. */
export interface LedgerStand {
  readonly urls: TestDatabase;
  /** Looks behind the policies. */
  readonly superuser: pg.Client;
  /** Asks for a sync of each integration and plays all at once, in a process of their own. */
  sync(assets: Assets, options?: { readonly loadsSdks: boolean }): Promise<SyncMeasured>;
  /** Throws unless the ledger holds what was sent, and its newest run says so. */
  holds(expected: Held): Promise<void>;
  /** Empties the ledger, so that the next measurement begins like the first. */
  empty(): Promise<void>;
  /** What the log of the database grew by since `from`. */
  walBytes(from: string): Promise<number>;
  walPosition(): Promise<string>;
  close(): Promise<void>;
}

interface Held {
  readonly versions: number;
  /** Heads that show the version in force. */
  readonly current: number;
  /** Open ones. */
  readonly gaps: number;
  /** As the newest stream run counted them. */
  readonly added?: number;
  readonly changed?: number;
  readonly unchanged?: number;
}

const counts = `SELECT (SELECT count(*)::int FROM evidence) AS versions,
    (SELECT count(*)::int FROM evidence_head h JOIN evidence e ON e.organization_id = h.organization_id AND e.id = h.version_id
      WHERE e.valid_to IS NULL AND e.hash = h.hash) AS current,
    (SELECT count(*)::int FROM gap WHERE closed_at IS NULL) AS gaps, added, changed, unchanged
  FROM stream_run ORDER BY opened_at DESC LIMIT 1`;

/** Written through to the disk, with room for the log between two checkpoints: none falls into one measurement and not into the other. */
const settings = { shared_buffers: '1GB', max_wal_size: '8GB', checkpoint_timeout: '30min', autovacuum_naptime: '5s' };

export async function openLedgerStand(integrations = 1): Promise<LedgerStand> {
  const urls = await startDatabase({ durable: true, settings });
  const superuser = new pg.Client({ connectionString: urls.superuser });
  await superuser.connect();
  const database = createDatabase({ url: urls.app });
  const organizationId = uuid();
  const vault = createVault(parseKeyring(generateKey('bench')));
  const key = await vault.createOrganizationKey(organizationId);
  await createOrganization(database, { id: organizationId, slug: 'bench', name: 'Bench' }, key);
  const ids = Array.from({ length: integrations }, () => uuid());
  await superuser.query(
    `INSERT INTO integration (organization_id, id, connector, name, settings) SELECT $1, id, 'bench', id, '{}' FROM unnest($2::uuid[]) AS id`,
    [organizationId, ids],
  );
  const walPosition = async () =>
    (await superuser.query<{ at: string }>('SELECT pg_current_wal_insert_lsn()::text AS at')).rows[0]?.at ?? '0/0';
  return {
    urls,
    superuser,
    async sync(assets, { loadsSdks } = { loadsSdks: false }) {
      const runs: { organizationId: string; runId: string }[] = [];
      for (const integrationId of ids) {
        const { runId } = await requestSync(database, { organizationId, integrationId, types: [] });
        runs.push({ organizationId, runId });
      }
      return playSync({ url: urls.app, runs, assets, loadsSdks });
    },
    async holds(expected) {
      const { rows } = await superuser.query<Record<string, number>>(counts);
      for (const [what, count] of Object.entries(expected))
        if (rows[0]?.[what] !== count) throw new Error(`${what}: ${rows[0]?.[what]} instead of ${count}.`);
    },
    async empty() {
      await superuser.query('TRUNCATE evidence, evidence_head, stream_seen, stream_run, gap, sync_attempt, sync_run');
      await superuser.query('CHECKPOINT');
    },
    walPosition,
    async walBytes(from) {
      const { rows } = await superuser.query<{ bytes: string }>(
        'SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1)::text AS bytes',
        [from],
      );
      return Number(rows[0]?.bytes);
    },
    async close() {
      await superuser.end();
      await database.close();
      await urls.close();
    },
  };
}
