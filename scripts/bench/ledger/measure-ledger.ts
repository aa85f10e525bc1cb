import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchOptions, median } from '../bench.ts';
import { copyVersions, psqlCopy, saveVersions } from './copy.ts';
import { type LedgerStand, openLedgerStand } from './ledger-stand.ts';

/** Samples of each kind, taken in turn. */
export interface LedgerMeasured {
  readonly rows: number;
  readonly rowBytes: number;
  /** Rows a second. */
  readonly copy: number[];
  readonly psql: number[];
  readonly firstLoad: number[];
  readonly resync: number[];
  readonly change: number[];
  /** Of an unchanged re-sync, for each item. */
  readonly walBytes: number[];
  readonly cpuMs: { readonly firstLoad: number[]; readonly resync: number[] };
  readonly blockedMs: { readonly firstLoad: number[]; readonly resync: number[] };
}

/** What a figure of `blockedMs` is. */
export const longestBlock = 'ms that the event loop was blocked at the longest';

const measurements = new Map<boolean, Promise<LedgerMeasured>>();

/** First load, re-sync and change share their tables, and are measured once for the three benches. */
export function measureLedger(options: BenchOptions): Promise<LedgerMeasured> {
  const measured = measurements.get(options.isQuick) ?? measure(options);
  measurements.set(options.isQuick, measured);
  return measured;
}

const gaps = 10;
const changedEvery = 100;

async function measure({ isQuick, say }: BenchOptions): Promise<LedgerMeasured> {
  const rows = isQuick ? 2_000 : 200_000;
  const folder = await mkdtemp(join(tmpdir(), 'fleet-bench-'));
  const file = join(folder, 'versions.copy');
  const stand = await openLedgerStand();
  const perSecond = (ms: number) => (rows / ms) * 1_000;
  const first = { count: rows, changedEvery: 0, gaps };
  try {
    await stand.sync(first);
    await saveVersions(stand.superuser, file);
    const measured: LedgerMeasured = {
      rows,
      rowBytes: await rowBytes(stand),
      copy: [],
      psql: [],
      firstLoad: [],
      resync: [],
      change: [],
      walBytes: [],
      cpuMs: { firstLoad: [], resync: [] },
      blockedMs: { firstLoad: [], resync: [] },
    };
    for (let turn = 1; turn <= (isQuick ? 1 : 3); turn += 1) {
      await stand.empty();
      const psqlMs = await psqlCopy(stand.urls.superuser, file);
      if (psqlMs !== null) measured.psql.push(perSecond(psqlMs));
      await stand.empty();
      measured.copy.push(perSecond(await copyVersions(stand.urls.superuser, file)));
      await stand.empty();
      const loaded = await stand.sync(first);
      await stand.holds({ versions: rows, current: rows, gaps, added: rows });
      await stand.superuser.query('VACUUM (ANALYZE) evidence, evidence_head');
      const before = await stand.walPosition();
      const again = await stand.sync({ ...first, gaps: 0 });
      measured.walBytes.push((await stand.walBytes(before)) / rows);
      await stand.holds({ versions: rows, current: rows, gaps: 0, unchanged: rows });
      const changed = await stand.sync({ ...first, gaps: 0, changedEvery });
      const superseded = Math.ceil(rows / changedEvery);
      await stand.holds({ versions: rows + superseded, current: rows, gaps: 0, changed: superseded });
      measured.firstLoad.push(perSecond(loaded.ms));
      measured.resync.push(perSecond(again.ms));
      measured.change.push(perSecond(changed.ms));
      measured.cpuMs.firstLoad.push(loaded.cpuMs);
      measured.cpuMs.resync.push(again.cpuMs);
      measured.blockedMs.firstLoad.push(loaded.blockedMs);
      measured.blockedMs.resync.push(again.blockedMs);
      say(
        `turn ${turn}: COPY ${rate(measured.copy)}, first load ${rate(measured.firstLoad)}, re-sync ${rate(measured.resync)} rows/s`,
      );
    }
    requireHonestCopy(measured);
    return measured;
  } finally {
    await stand.close();
    await rm(folder, { recursive: true });
  }
}

function rate(samples: readonly number[]): string {
  return Math.round(samples.at(-1) ?? 0).toLocaleString('en');
}

async function rowBytes({ superuser }: LedgerStand): Promise<number> {
  const { rows } = await superuser.query<{ bytes: number }>(
    'SELECT avg(octet_length(material::text))::int AS bytes FROM (SELECT material FROM evidence LIMIT 1000) AS sample',
  );
  return rows[0]?.bytes ?? 0;
}

/** A yardstick that is slower than the field's own tool would flatter us. */
function requireHonestCopy({ copy, psql, rows }: LedgerMeasured): void {
  if (psql.length === 0 || rows < 100_000) return;
  const share = median(copy) / median(psql);
  if (share < 0.9) throw new Error(`Our COPY reaches ${share.toFixed(2)} of psql's \\copy: the yardstick is void.`);
}
