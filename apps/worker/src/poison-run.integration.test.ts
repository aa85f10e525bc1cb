import { hostname } from 'node:os';
import { IntegrationQuarantinedError, redriveRun, requestSync } from '@evidence-fleet/db';
import { createHold, type Fleet, type FleetProcess, type Hold, startFleet } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createGitHubTenant, type GitHubTenant, hasEnded } from './testing/github-tenant.ts';

const size = { seed: 5, repositories: 3, members: 4, pullRequests: 2, alerts: 5, denied: 0, now: new Date() };
const crashes = 5;

let fleet: Fleet;
let poison: GitHubTenant;
let other: GitHubTenant;

beforeAll(async () => {
  fleet = await startFleet();
  poison = await createGitHubTenant(fleet, 'poison', { size });
  other = await createGitHubTenant(fleet, 'other', { size });
}, 60_000);
afterAll(async () => {
  for (const tenant of [poison, other].filter(Boolean)) await tenant.github.close();
  await fleet?.close();
}, 30_000);

const startWorker = () => fleet.start('worker', { QUOTA_SHARE: '1' });
const owner = ({ pid }: FleetProcess) => `${hostname()}-${pid}`;

function holdFirstAnswer(): Hold {
  const hold = createHold();
  poison.github.faults.add({ ...hold.fault, match: /./, times: Number.POSITIVE_INFINITY });
  return hold;
}

/** Kills the worker that has the run, and lets what it held lapse at once: the lease is not what is proven here. */
async function killHolder(holder: string | null): Promise<void> {
  const victim = fleet.processes.find((one) => owner(one) === holder);
  if (victim === undefined) throw new Error(`no process is ${holder}`);
  victim.kill('SIGKILL');
  await victim.ended;
  await fleet.superuser.query('UPDATE sync_run SET lease_until = now() WHERE lease_owner = $1', [holder]);
}

const integrationOf = async ({ integrationId }: GitHubTenant) => {
  const { rows } = await fleet.superuser.query<{ quarantined_run_id: string | null; next_sync_at: Date | null }>(
    'SELECT quarantined_run_id, next_sync_at FROM integration WHERE id = $1',
    [integrationId],
  );
  return rows[0];
};
const runsOf = async ({ integrationId }: GitHubTenant) => {
  const { rows } = await fleet.superuser.query<{ id: string; state: string; error_code: string | null }>(
    'SELECT id, state::text, error_code FROM sync_run WHERE integration_id = $1 ORDER BY requested_at',
    [integrationId],
  );
  return rows;
};

/** Both come due at the same moment, so that a run of the one shows that the scheduler has looked at the other. */
const bothDueIn = (seconds: number) =>
  fleet.superuser.query(
    `UPDATE integration SET interval_minutes = 60, next_sync_at = clock_timestamp() + $1 * interval '1 second'`,
    [seconds],
  );

it('a run that kills five workers is put aside with its integration, alone, until somebody redrives it', async () => {
  let hold = holdFirstAnswer();
  await Promise.all([startWorker(), startWorker(), fleet.start('scheduler', { TICK_MS: '200' })]);
  await bothDueIn(0);
  for (let crashed = 0; crashed < crashes; crashed += 1) {
    const another = crashed === crashes - 1 ? undefined : startWorker();
    await hold.reached;
    const run = await poison.run('is held', (one) => one.state === 'running' && one.crash_count === crashed);
    if (crashed === 0) await other.run('goes on beside it', hasEnded);
    await another;
    if (crashed === crashes - 1) await bothDueIn(2);
    poison.github.faults.clear();
    const next = holdFirstAnswer();
    await killHolder(run.lease_owner);
    hold.release();
    hold = next;
  }

  const { id: runId } = await poison.run('is put aside', ({ state }) => state === 'failed');
  await other.quiet();
  const known = (await runsOf(other)).map(({ id }) => id);
  const calls = poison.github.requests.length;
  expect(await integrationOf(poison)).toEqual({ quarantined_run_id: runId, next_sync_at: null });
  expect((await poison.attempts()).map((attempt) => attempt.ended_as)).toEqual([
    ...Array.from({ length: crashes }, () => 'crash'),
    'reject',
  ]);

  await other.due();
  await other.run('goes on after it', (run) => hasEnded(run) && !known.includes(run.id));
  expect((await runsOf(other)).every(({ state }) => state === 'succeeded' || state === 'partial')).toBe(true);
  const { organizationId, integrationId } = poison;
  await expect(requestSync(fleet.database, { organizationId, integrationId, types: [] })).rejects.toBeInstanceOf(
    IntegrationQuarantinedError,
  );
  expect(await runsOf(poison)).toEqual([{ id: runId, state: 'failed', error_code: 'crashed' }]);
  expect(poison.github.requests).toHaveLength(calls);

  poison.github.faults.clear();
  hold.release();
  const redriven = await redriveRun(fleet.database, { organizationId, runId });
  const ended = await poison.run('is redriven', (run) => run.id === redriven?.runId && hasEnded(run));
  expect(['succeeded', 'partial']).toContain(ended.state);
  expect(await integrationOf(poison)).toMatchObject({ quarantined_run_id: null, next_sync_at: expect.any(Date) });
}, 90_000);
