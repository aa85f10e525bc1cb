import { createDatabase } from '@evidence-fleet/db';
import { createFleetDatabase, startPostgres } from '@evidence-fleet/testbed';
import pg from 'pg';
import { percentile } from '../bench/bench.ts';
import { historyOf, historySettings, loadHistory } from '../bench/history-load/load-history.ts';
import { measureReads } from '../bench/history-load/reads.ts';
import { changeThroughLedger } from './change-through-ledger.ts';

/** What a ledger of one size takes. Bytes, seconds, milliseconds. */
export interface Grown {
  readonly versions: number;
  readonly evidence: { readonly table: number; readonly indexes: number };
  readonly heads: { readonly table: number; readonly indexes: number };
  /** Of resources changed through the ledger at this size. */
  readonly walBytesAVersion: number;
  readonly versionsASecond: number;
  /** After those changes, every index looked through; and the whole table once, as before the transaction ids run out. */
  readonly vacuumSeconds: number;
  readonly freezeSeconds: number;
  readonly p95: readonly { readonly what: string; readonly ms: number }[];
}

const textBytes = 100;
const versionsAnOrganization = 50_000;
const changes = 40_000;

export async function growHistory(versions: number, say: (line: string) => void): Promise<Grown> {
  const stored = historyOf(versions, Math.max(2, Math.round(versions / versionsAnOrganization)), textBytes);
  const postgres = await startPostgres({ settings: { ...historySettings, max_wal_size: '4GB' } });
  try {
    const urls = await createFleetDatabase(postgres, 'fleet');
    await loadHistory(urls.superuser, stored, say);
    const superuser = new pg.Client({ connectionString: urls.superuser });
    await superuser.connect();
    const database = createDatabase({ url: urls.app, poolSize: 2 });
    try {
      const reads = await measureReads(database, stored, { rounds: 3, reads: 300 });
      say('read');
      const sizes = { evidence: await sizeOf(superuser, 'evidence'), heads: await sizeOf(superuser, 'evidence_head') };
      const before = await walPosition(superuser);
      const begun = performance.now();
      const changed = await changeThroughLedger(database, Math.min(changes, stored.resources[0] - 5), textBytes);
      const seconds = (performance.now() - begun) / 1_000;
      const wal = (await walPosition(superuser)) - before;
      say(`${changed} changed`);
      return {
        ...{ versions: stored.versions, ...sizes },
        walBytesAVersion: wal / changed,
        versionsASecond: changed / seconds,
        vacuumSeconds: await timed(superuser, 'VACUUM (INDEX_CLEANUP ON) evidence, evidence_head'),
        freezeSeconds: await timed(superuser, 'VACUUM (FREEZE, DISABLE_PAGE_SKIPPING) evidence, evidence_head'),
        p95: reads.map(({ what, samples }) => ({ what, ms: percentile(samples, 0.5) })),
      };
    } finally {
      await superuser.end();
      await database.close();
    }
  } finally {
    await postgres.close();
  }
}

async function sizeOf(client: pg.Client, table: string): Promise<{ table: number; indexes: number }> {
  const { rows } = await client.query<{ table: string; indexes: string }>(
    'SELECT pg_table_size($1::regclass) AS table, pg_indexes_size($1::regclass) AS indexes',
    [table],
  );
  return { table: Number(rows[0]?.table), indexes: Number(rows[0]?.indexes) };
}

async function walPosition(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ at: string }>(`SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS at`);
  return Number(rows[0]?.at);
}

async function timed(client: pg.Client, statement: string): Promise<number> {
  const begun = performance.now();
  await client.query(statement);
  return (performance.now() - begun) / 1_000;
}
