// The least program that does the work: takes a job, asks the provider, stores what it said by one prepared statement. No run, no history, no
// tenancy, no quota, no secrets, no controls.
import { Worker } from 'bullmq';
import pg from 'pg';
import { createPace } from './pace.ts';
import type { LeastJob, TinyTask } from './tiny-task.ts';

const task: TinyTask = JSON.parse(process.argv[2] ?? '');
const pool = new pg.Pool({ connectionString: task.databaseUrl, max: task.slots });
const pace = createPace(task.jobs);
const { hostname, port } = new URL(task.redisUrl);

const store = {
  name: 'store',
  text: `INSERT INTO least.member (account, id, material, seen_at)
    SELECT $1, (value ->> 'userId')::bigint, value, now() FROM jsonb_array_elements($2::jsonb)
    ON CONFLICT (account, id) DO UPDATE SET material = excluded.material, seen_at = excluded.seen_at`,
};

const worker = new Worker<LeastJob>(
  'least',
  async ({ data }) => {
    const answer = await fetch(data.url, { headers: { authorization: `Bearer ${data.token}` } });
    await pool.query({ ...store, values: [data.account, await answer.text()] });
    pace.ended();
  },
  { connection: { host: hostname, port: Number(port) }, concurrency: task.slots },
);
const paced = await pace.paced;
await worker.close();
await pool.end();
process.stdout.write(`${JSON.stringify(paced)}\n`);
