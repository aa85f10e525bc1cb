// `npm run prove:ledger`: a million versions of 200 organizations, read page by page as the app role under row-level security.
// Prints p50 and p95 of each query with its plan, in Markdown, as kept in docs/decisions/0003-the-ledgers-shape.md.
import { createDatabase } from '@evidence-fleet/db';
import { createFleetDatabase, startPostgres } from '@evidence-fleet/testbed';
import pg from 'pg';
import { evidenceHistory } from '../packages/db/src/reading/evidence-history.ts';
import { listEvidence } from '../packages/db/src/reading/list-evidence.ts';

const organizations = 200;
const pageRows = 100;
const samples = 300;
const log: string[] = [];

const postgres = await startPostgres({
  settings: {
    shared_buffers: '512MB',
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '-1',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_buffers': 'on',
  },
  onLog: (text) => log.push(text),
});
try {
  const urls = await createFleetDatabase(postgres, 'fleet');
  const { versions, middle } = await load(urls.superuser);
  console.log(
    `${versions.toLocaleString('en')} versions, ${organizations} organizations, pages of ${pageRows}, ${samples} reads each.\n`,
  );
  const database = createDatabase({ url: urls.app, poolSize: 2 });
  const target = (sample: number) => ({
    organizationId: idOf(sample % organizations),
    type: `test.type_${sample % 5}`,
    limit: pageRows,
  });
  const after = (sample: number) => ({ keySha: Buffer.alloc(32, (sample * 37) % 256), integrationId: idOf(0) });
  await measure('current page', (sample) => listEvidence(database, { ...target(sample), after: after(sample) }));
  await measure('page as of a time', (sample) =>
    listEvidence(database, { ...target(sample), after: after(sample), asOf: middle }),
  );
  const [any] = await listEvidence(database, { ...target(0), organizationId: idOf(0) });
  if (any === undefined) throw new Error('nothing was loaded');
  await measure('history of one resource', () =>
    evidenceHistory(database, {
      organizationId: idOf(0),
      integrationId: any.integrationId,
      type: any.type,
      keySha: any.keySha,
    }),
  );
  await database.close();
  await explainReads(urls.superuser);
  const explained = createDatabase({ url: urls.app, poolSize: 1 });
  await listEvidence(explained, { ...target(0), after: after(1) });
  await listEvidence(explained, { ...target(0), after: after(1), asOf: middle });
  await explained.close();
} finally {
  await postgres.close();
}
const reads = log
  .join('')
  .split('duration: ')
  .filter((entry) => entry.includes('WITH page'));
for (const read of reads.slice(-2))
  console.log(
    `\n\`\`\`\n${read
      .slice(read.search(/\n\s*Sort|\n\s*Incremental|\n\s*Nested/) + 1)
      .replace(/\n\d{4}-[\s\S]*$/, '')
      .trimEnd()}\n\`\`\``,
  );

function idOf(index: number): string {
  return `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`;
}

/** The first organization holds a fifth of everything; each resource has four versions, the last one current. */
async function load(url: string): Promise<{ versions: number; middle: Date }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`
    INSERT INTO organization (id, slug, name) SELECT ('00000000-0000-7000-8000-' || lpad(o::text, 12, '0'))::uuid, o, o
    FROM generate_series(0, ${organizations - 1}) o;
    INSERT INTO integration (organization_id, id, connector, name, settings) SELECT id, id, 'test', 'test', '{}' FROM organization;
    INSERT INTO evidence (organization_id, id, integration_id, type, type_version, slice, key, key_sha, hash, material, salt, valid_from,
      from_run_id, valid_to, to_run_id, end_reason)
    SELECT i.organization_id, gen_random_uuid(), i.id, 'test.type_' || r % 5, 1, '', jsonb_build_array(r), sha256(r::text::bytea),
      sha256((r || '-' || v)::bytea), jsonb_build_object('id', r, 'version', v, 'text', repeat('x', 500)), '\\x00112233445566778899aabbccddeeff',
      '2026-01-01'::timestamptz + v * interval '30 days', i.id,
      CASE WHEN v < 4 THEN '2026-01-01'::timestamptz + (v + 1) * interval '30 days' END, CASE WHEN v < 4 THEN i.id END,
      CASE WHEN v < 4 THEN 'superseded' END
    FROM integration i, generate_series(1, CASE WHEN i.id = '${idOf(0)}' THEN 50000 ELSE 1005 END) r, generate_series(1, 4) v;
    INSERT INTO evidence_head (organization_id, integration_id, type, key_sha, slice, version_id, hash, observed)
    SELECT organization_id, integration_id, type, key_sha, slice, id, hash, '{}' FROM evidence WHERE valid_to IS NULL;`);
  await client.query('VACUUM ANALYZE');
  const { rows } = await client.query<{ versions: number }>('SELECT count(*)::int AS versions FROM evidence');
  await client.end();
  return { versions: rows[0]?.versions ?? 0, middle: new Date('2026-03-20T00:00:00Z') };
}

async function measure(name: string, read: (sample: number) => Promise<readonly unknown[]>): Promise<void> {
  const durations: number[] = [];
  let rows = 0;
  for (let sample = 0; sample < samples; sample += 1) {
    const started = performance.now();
    rows += (await read(sample)).length;
    durations.push(performance.now() - started);
  }
  const at = (share: number) =>
    (durations.toSorted((a, b) => a - b)[Math.floor(durations.length * share)] ?? 0).toFixed(1);
  console.log(`| ${name} | p50 ${at(0.5)} ms | p95 ${at(0.95)} ms | ${(rows / samples).toFixed(0)} rows |`);
}

/** From now on the server logs the plan of what the app role reads. */
async function explainReads(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('ALTER ROLE fleet_app SET auto_explain.log_min_duration = 0');
  await client.end();
}
