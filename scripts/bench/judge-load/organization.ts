import { createHash } from 'node:crypto';
import { evidenceTypes } from '@evidence-fleet/connectors';
import { type ClaimedRun, claimRun, createLedger, type Database, releaseRun, requestSync } from '@evidence-fleet/db';
import { createTestOrganization } from '@evidence-fleet/testbed';
import type pg from 'pg';
import { judgeRun } from '../../../apps/worker/src/judge-run.ts';
import { type LoadedType, loadedTypes, verdicts } from './evidence.ts';

/** An organization with an account at AWS and one at GitHub, and what is to be found in them. */
export interface JudgedOrganization {
  readonly organizationId: string;
  readonly integrations: { readonly aws: string; readonly github: string };
  /** Resources of each type. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Open findings that are to be there, by `control type status`. */
  readonly expected: Map<string, number>;
}

/** Both accounts in runs of their own, side by side, as a worker judges them. */
export type Runs = readonly ClaimedRun[];

/** Stores every resource as an earlier run would have left it, and starts the runs that judge them first. */
export async function loadOrganization(database: Database, superuser: pg.Client, heads: number) {
  const { organizationId, integrationId: aws } = await createTestOrganization(database, 'aws');
  const { rows } = await superuser.query<{ id: string }>(
    `INSERT INTO integration (organization_id, id, connector, name, settings, status) VALUES ($1, uuidv7(), 'github', 'github', '{}', 'active')
     RETURNING id`,
    [organizationId],
  );
  const sizes = new Map(
    loadedTypes.map(({ type, share }) => [type, Math.max(1, Math.round((share * heads) / 1_000_000))]),
  );
  const organization: JudgedOrganization = {
    ...{ organizationId, integrations: { aws, github: rows[0]?.id ?? '' }, sizes, expected: new Map() },
  };
  const runs = await startRuns(database, superuser, organization);
  for (const loaded of loadedTypes) await loadType(superuser, organization, loaded, runOf(organization, runs, loaded));
  await superuser.query('VACUUM ANALYZE evidence, evidence_head, stream_run');
  return { organization, runs };
}

/** Claimed runs whose lease outlasts the measurement. */
export async function startRuns(
  database: Database,
  superuser: pg.Client,
  organization: JudgedOrganization,
): Promise<Runs> {
  const { organizationId, integrations } = organization;
  const runs: ClaimedRun[] = [];
  for (const integrationId of Object.values(integrations)) {
    const { runId } = await requestSync(database, { organizationId, integrationId, types: [] });
    const run = await claimRun(database, { organizationId, runId, worker: 'bench' });
    if (run === null) throw new Error('the run could not be claimed');
    await superuser.query(`UPDATE sync_run SET lease_until = now() + interval '1 hour' WHERE id = $1`, [runId]);
    runs.push(run);
  }
  return runs;
}

export async function endRuns(database: Database, runs: Runs): Promise<void> {
  for (const run of runs) await releaseRun(database, run, { kind: 'end', state: 'succeeded', error: null }, null);
}

function runOf({ integrations }: JudgedOrganization, runs: Runs, { connector }: LoadedType): ClaimedRun {
  const run = runs.find(({ integrationId }) => integrationId === integrations[connector]);
  if (run === undefined) throw new Error(`no run was started at ${connector}`);
  return run;
}

async function loadType(
  superuser: pg.Client,
  { organizationId, sizes, expected }: JudgedOrganization,
  { type, key, material, slices, status, control }: LoadedType,
  { runId, integrationId }: ClaimedRun,
): Promise<void> {
  const size = sizes.get(type) ?? 0;
  const { rows } = await superuser.query<{ material: object }>(
    `WITH row AS (
       SELECT r, uuidv7(interval '-1 day') AS id, ${key} AS key, (ARRAY['${slices.join("','")}'])[1 + r % ${slices.length}] AS slice,
         ${material} AS material FROM generate_series(1, $5::int) r
     ), version AS (
       INSERT INTO evidence (organization_id, id, integration_id, type, type_version, slice, key, key_sha, hash, material, salt, valid_from, from_run_id)
       SELECT $1, id, $2, $3, 1, slice, key, sha256(key::text::bytea), sha256(material::text::bytea), material, decode(md5(r::text), 'hex'), now(), $4
       FROM row RETURNING *
     ), head AS (
       INSERT INTO evidence_head (organization_id, integration_id, type, key_sha, slice, version_id, hash, observed)
       SELECT organization_id, integration_id, type, key_sha, slice, id, hash, '{}' FROM version
     )
     SELECT material FROM version LIMIT 100`,
    [organizationId, integrationId, type, runId, size],
  );
  const { schema, observed = [] } = evidenceTypes.get(type) ?? {};
  const kept = schema?.omit(Object.fromEntries(observed.map((field) => [field, true])) as never);
  for (const row of rows) kept?.strict().parse(row.material);
  await superuser.query(
    `INSERT INTO stream_run (organization_id, id, run_id, integration_id, type, type_version, mode, slice, status, closed_at, visibility, added)
     SELECT $1, uuidv7(), $2, $3, $4, 1, 'snapshot', slice, 'complete', now(), decode(repeat('00', 64), 'hex'), count(*)
     FROM evidence WHERE organization_id = $1 AND type = $4 GROUP BY slice`,
    [organizationId, runId, integrationId, type],
  );
  if (status === null) count(expected, control, type, 'pass', 1);
  else for (let r = 1; r <= size; r += 1) count(expected, control, type, status(r), 1);
}

function count(expected: Map<string, number>, control: string, type: string, status: string, by: number): void {
  const name = `${control} ${type} ${status}`;
  expected.set(name, (expected.get(name) ?? 0) + by);
}

/**
 * Changes one resource in a thousand of the large types, in new runs: of ten, six are made to fail, two come and two go. What comes and what changes
 * goes through the ledger.
 * @param round another one changes others; its resources pass until then
 */
export async function changeOrganization(
  database: Database,
  superuser: pg.Client,
  organization: JudgedOrganization,
  round: number,
): Promise<{ runs: Runs; changed: number }> {
  const runs = await startRuns(database, superuser, organization);
  let changed = 0;
  for (const loaded of loadedTypes) {
    if (loaded.broken === undefined) continue;
    changed += await changeType(database, superuser, organization, loaded, runOf(organization, runs, loaded), round);
  }
  return { runs, changed };
}

/** Numbers of resources, modulo 1,000, that pass in every type. */
const passing = [7, 13, 27, 33, 37, 43, 47, 53, 57, 63, 67, 73];

interface Current {
  readonly slice: string;
  readonly key: (string | number)[];
  readonly key_sha: Uint8Array;
  readonly material: Record<string, never>;
}

async function changeType(
  database: Database,
  superuser: pg.Client,
  organization: JudgedOrganization,
  { type, key, control, broken, slices }: LoadedType,
  run: ClaimedRun,
  round: number,
): Promise<number> {
  const { organizationId, integrationId, runId } = run;
  const { rows } = await superuser.query<Current>(
    `SELECT h.slice, e.key, h.key_sha, e.material FROM generate_series($4::int, $5::int, 1000) r
     JOIN evidence_head h ON h.organization_id = $1 AND h.integration_id = $2 AND h.type = $3 AND h.key_sha = sha256((${key})::text::bytea)
     JOIN evidence e ON e.organization_id = h.organization_id AND e.id = h.version_id ORDER BY r`,
    [organizationId, integrationId, type, passing[round], organization.sizes.get(type)],
  );
  const [made, gone] = [rows.filter((_, at) => at % 10 < 8), rows.filter((_, at) => at % 10 >= 8)];
  const ledger = createLedger(database, { ...run, visibility: Buffer.alloc(64) });
  for (const slice of slices) {
    const { id } = await ledger.open({ type, mode: 'incremental', typeVersion: 1, slice });
    const batch = made.flatMap((row, at) => {
      if (row.slice !== slice) return [];
      const isNew = at % 8 >= 6;
      const material = isNew ? row.material : (broken?.(row.material) as Record<string, never>);
      const newKey = isNew ? [...row.key, round] : row.key;
      count(organization.expected, control, type, isNew ? 'pass' : 'fail', 1);
      if (!isNew) count(organization.expected, control, type, 'pass', -1);
      return [
        {
          key: newKey,
          keySha: isNew ? sha(newKey) : row.key_sha,
          hash: sha(material),
          material: JSON.stringify(material),
          observed: '{}',
        },
      ];
    });
    await ledger.commit(id, { rows: batch, gaps: [], checkpoint: null, watermark: null, expected: null, calls: [] });
    await ledger.close(id, { status: 'complete', gone: [], unproven: [], error: null, expected: null, calls: [] });
  }
  await superuser.query(
    `WITH gone AS (DELETE FROM evidence_head WHERE organization_id = $1 AND integration_id = $2 AND type = $3 AND key_sha = ANY($4) RETURNING *)
     UPDATE evidence e SET valid_to = now(), to_run_id = $5, end_reason = 'deleted' FROM gone
     WHERE e.organization_id = gone.organization_id AND e.id = gone.version_id`,
    [organizationId, integrationId, type, gone.map((row) => row.key_sha), runId],
  );
  count(organization.expected, control, type, 'pass', -gone.length);
  return rows.length;
}

const sha = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest();

/** Judges both accounts as a worker does that has them in hand at once. Milliseconds. */
export async function judgeOrganization(
  database: Database,
  organization: JudgedOrganization,
  runs: Runs,
): Promise<number> {
  const { integrations } = organization;
  const begun = performance.now();
  await Promise.all(
    runs.map((run) => {
      const connector = run.integrationId === integrations.aws ? 'aws' : 'github';
      const types = loadedTypes.flatMap((loaded) => (loaded.connector === connector ? [loaded.type] : []));
      return judgeRun({ ...run, database, types, signal: new AbortController().signal });
    }),
  );
  return performance.now() - begun;
}

/** @throws when a finding, a kept count or a verdict is not what is to be there */
export async function checkJudgement(
  superuser: pg.Client,
  { organizationId, expected }: JudgedOrganization,
): Promise<void> {
  const { rows } = await superuser.query<{ name: string; total: number }>(
    `SELECT concat_ws(' ', control_id, type, status) AS name, count(*)::int AS total FROM finding
     WHERE organization_id = $1 AND valid_to IS NULL GROUP BY 1`,
    [organizationId],
  );
  demand('findings', new Map(rows.map(({ name, total }) => [name, total])), expected);
  const told = await superuser.query<{ control: string; status: string; counts: Record<string, number> }>(
    `SELECT control_id AS control, status, why -> 'counts' AS counts FROM current_verdict WHERE organization_id = $1`,
    [organizationId],
  );
  demand(
    'verdicts',
    new Map(told.rows.map(({ control, status }) => [control, status])),
    new Map(Object.entries(verdicts)),
  );
  const counted = told.rows.flatMap(({ control, counts }) =>
    Object.entries(counts).map(([status, total]) => [`${control} ${status}`, total] as const),
  );
  const sums = new Map<string, number>();
  for (const [name, total] of expected) {
    const [control, , status] = name.split(' ');
    sums.set(`${control} ${status}`, (sums.get(`${control} ${status}`) ?? 0) + total);
  }
  demand('counts of verdicts', new Map(counted), sums);
}

function demand<Value>(what: string, is: ReadonlyMap<string, Value>, should: ReadonlyMap<string, Value>): void {
  const lines = (map: ReadonlyMap<string, Value>) =>
    [...map]
      .flatMap(([name, value]) => (value === 0 ? [] : [`${name}: ${value}`]))
      .toSorted()
      .join('; ');
  if (lines(is) !== lines(should)) throw new Error(`The ${what} are ${lines(is)} instead of ${lines(should)}.`);
}
