import { createHash } from 'node:crypto';
import pg from 'pg';
import { withoutIndexes } from './bare-indexes.ts';

/** What is stored: the first organization has a fifth of everything; each resource has four versions, the last one current. */
export interface History {
  readonly organizations: number;
  readonly versions: number;
  /** Resources of the first organization, and of each other. */
  readonly resources: readonly [number, number];
  /** Of one field of each version, beside the others. */
  readonly textBytes: number;
}

export const versionsEach = 4;
const types = 5;
/** A pass over each type a run, so many runs an integration. */
const runs = 30;

/** Settings of a server that is loaded in bulk and read from memory. */
export const historySettings = {
  shared_buffers: '2GB',
  maintenance_work_mem: '1GB',
  max_wal_size: '16GB',
  checkpoint_timeout: '1h',
  max_parallel_maintenance_workers: '2',
} as const;

export function historyOf(versions: number, organizations = 200, textBytes = 300): History {
  const first = Math.round(versions / 5 / versionsEach);
  const other = Math.round((versions / versionsEach - first) / (organizations - 1));
  const resources = [first, other] as const;
  return { organizations, resources, textBytes, versions: (first + other * (organizations - 1)) * versionsEach };
}

export function idOf(index: number): string {
  return `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`;
}

export function typeOf(resource: number): string {
  return `test.type_${resource % types}`;
}

export function keySha(organization: number, resource: number): Uint8Array {
  return createHash('sha256').update(`Organization ${organization}${resource}`).digest();
}

/** When version `version` of every resource began, from 1. */
export function validFrom(version: number): Date {
  return new Date(Date.UTC(2026, 0, 1) + version * 30 * 24 * 3_600_000);
}

/**
 * Stores it in the order of time, as syncs would: a whole version of everything after the other, resources in an order that has nothing to
 * do with their SHA. Ends in the schema of the migrations, analysed and vacuumed.
 * @throws when the counts in the tables are not what was to be stored
 */
export async function loadHistory(url: string, history: History, say: (line: string) => void): Promise<void> {
  const clients = await Promise.all([connect(url), connect(url)]);
  const [first, second] = clients;
  if (first === undefined || second === undefined) throw new Error('a load needs two connections');
  try {
    await storeFrame(first, history);
    await withoutIndexes(first, 'evidence', () => inTwoLanes([first, second], history, say));
    say('versions stored and indexed');
    await withoutIndexes(first, 'evidence_head', async () => {
      await first.query(
        `INSERT INTO evidence_head (organization_id, integration_id, type, key_sha, slice, version_id, hash, observed)
         SELECT organization_id, integration_id, type, key_sha, slice, id, hash, '{"lastUsed": "2026-05-01T00:00:00.000Z"}' FROM evidence WHERE valid_to IS NULL`,
      );
    });
    await Promise.all([first.query('VACUUM ANALYZE evidence'), second.query('VACUUM ANALYZE')]);
    await check(first, history);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('SET synchronous_commit = off');
  return client;
}

async function storeFrame(client: pg.Client, { organizations }: History): Promise<void> {
  await client.query(
    `INSERT INTO organization (id, slug, name)
     SELECT ('00000000-0000-7000-8000-' || lpad(o::text, 12, '0'))::uuid, 'org-' || o, 'Organization ' || o FROM generate_series(0, $1 - 1) o`,
    [organizations],
  );
  await client.query(
    `INSERT INTO integration (organization_id, id, connector, name, settings, status) SELECT id, id, 'test', 'test', '{}', 'active' FROM organization`,
  );
  await client.query(
    `WITH run AS (
       INSERT INTO sync_run (organization_id, id, integration_id, trigger, state, requested_at)
       SELECT i.organization_id, gen_random_uuid(), i.id, 'schedule', 'succeeded', $1::timestamptz + n * interval '4 days'
       FROM integration i, generate_series(1, ${runs}) n RETURNING *)
     INSERT INTO stream_run (organization_id, id, run_id, integration_id, type, type_version, mode, slice, status, opened_at, closed_at, visibility)
     SELECT organization_id, gen_random_uuid(), id, integration_id, 'test.type_' || t, 1, 'snapshot', '', 'complete', requested_at,
       requested_at + interval '1 minute', decode(repeat('00', 64), 'hex')
     FROM run, generate_series(0, ${types - 1}) t`,
    [validFrom(1)],
  );
}

/** The first organization in one lane, the others in the other and then in both: whoever is free takes the next. */
async function inTwoLanes(clients: readonly pg.Client[], history: History, say: (line: string) => void): Promise<void> {
  const step = Math.max(1, Math.ceil(history.organizations / 10));
  for (let version = 1; version <= versionsEach; version += 1) {
    const parts = Array.from({ length: Math.ceil(history.organizations / step) }, (_, part) => part * step);
    const lane = async (client: pg.Client) => {
      for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
        await client.query(insertVersions(history, version, part, part + step));
      }
    };
    await Promise.all(clients.map(lane));
    say(`version ${version} of ${versionsEach} stored`);
  }
}

function insertVersions(
  { resources: [first, other], textBytes }: History,
  version: number,
  from: number,
  to: number,
): string {
  const isLast = version === versionsEach;
  const at = (one: number) => `'${validFrom(one).toISOString()}'`;
  return `
    INSERT INTO evidence (organization_id, id, integration_id, type, type_version, slice, key, key_sha, hash, material, salt, valid_from,
      from_run_id, valid_to, to_run_id, end_reason)
    SELECT o.id, uuidv7(), o.id, 'test.type_' || r % ${types}, 1, '', jsonb_build_array(o.name, r), sha256((o.name || r)::bytea),
      sha256((r || '-${version}')::bytea), jsonb_build_object('id', r, 'name', 'resource-' || r, 'version', ${version}, 'isPublic', r % 7 = 0,
      'region', 'eu-west-' || r % 3, 'text', repeat('x', ${textBytes})), '\\x00112233445566778899aabbccddeeff', ${at(version)}, o.id,
      ${isLast ? 'NULL, NULL, NULL' : `${at(version + 1)}, o.id, 'superseded'`}
    FROM organization o, generate_series(1, CASE WHEN o.id = '${idOf(0)}' THEN ${first} ELSE ${other} END) r
    WHERE o.id >= '${idOf(from)}' AND o.id < '${idOf(to)}'`;
}

async function check(client: pg.Client, { versions }: History): Promise<void> {
  const { rows } = await client.query<{ versions: number; heads: number }>(
    'SELECT (SELECT count(*)::int FROM evidence) AS versions, (SELECT count(*)::int FROM evidence_head) AS heads',
  );
  const [stored] = rows;
  if (stored?.versions !== versions || stored.heads !== versions / versionsEach) {
    throw new Error(`${JSON.stringify(stored)} were stored instead of ${versions} versions`);
  }
}
