// The least program that makes runs and rings for them: bare inserts by pg and addBulk, a thousand at a time, each thousand added while the
// next is inserted. It looks at no date, no window and no tenant. Takes its task as JSON in the first argument.
import { Queue } from 'bullmq';
import pg from 'pg';
import { uuids } from '../../../packages/db/src/uuid.ts';
import type { BareTask } from './bare-task.ts';

const task: BareTask = JSON.parse(process.argv[2] ?? '');
const atOnce = 1_000;

const client = new pg.Client({ connectionString: task.url });
await client.connect();
const [host, port] = new URL(task.redisUrl).host.split(':');
const queue = new Queue('sync', { connection: { host, port: Number(port) }, prefix: '{sync}' });
await queue.waitUntilReady();
const { rows } = await client.query<{ organization_id: string; id: string }>(
  'SELECT organization_id, id FROM integration LIMIT $1',
  [task.runs],
);
let adding: Promise<unknown> = Promise.resolve();
for (let from = 0; from < rows.length; from += atOnce) {
  const step = rows.slice(from, from + atOnce);
  const ids = uuids(step.length);
  await client.query({
    name: 'insert',
    text: `INSERT INTO sync_run (organization_id, id, integration_id, trigger, state, ring, rung_at)
      SELECT organization_id, id, integration_id, 'schedule', 'queued', 1, now()
      FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS made (organization_id, id, integration_id)`,
    values: [step.map((one) => one.organization_id), ids, step.map((one) => one.id)],
  });
  await adding;
  adding = queue.addBulk(
    step.map((one, index) => ({
      name: 'sync',
      data: { organizationId: one.organization_id, runId: ids[index] },
      opts: { attempts: 1, removeOnComplete: true, removeOnFail: true, jobId: `${ids[index]}-1`, priority: 1 },
    })),
  );
}
await adding;
await queue.close();
await client.end();
