import type { RunRow } from './observed.ts';
import type { Asked, Play } from './play.ts';
import { covers } from './run-rules.ts';

const short = (id: string) => id.slice(-6);

interface AttemptRow {
  run_id: string;
  fence: number;
  worker: string;
  released: boolean;
  ended_as: string | null;
}

/** What must hold once everything had the time to end, in words; empty when it does. */
export async function checkEnd(play: Play): Promise<string[]> {
  const runs = [...play.runs.values()];
  return [
    ...runs
      .filter((run) => run.finished_at === null)
      .map((run) => `run ${short(run.id)} never ends: it is ${run.state}`),
    ...play.asked.flatMap((request) => answer(play, request)),
    ...(await leftDue(play)),
    ...(await attempts(play)),
    ...(await batches(play)),
    ...(await leftBehind(play)),
  ];
}

/** The run that answers a request covers it and has begun, unless somebody stopped it after. */
function answer(play: Play, { runId, types, integration, round, how }: Asked): string[] {
  const run = play.runs.get(runId);
  const wasStopped = (play.stopped.get(integration) ?? -1) >= round;
  if (run === undefined) return wasStopped ? [] : [`the run of a request (${how}) was never made: ${short(runId)}`];
  if (!covers(run.types, types)) return [`run ${short(runId)} does not read what was asked for`];
  return run.started_at === null && !wasStopped ? [`run ${short(runId)} never began, and nobody cancelled it`] : [];
}

async function leftDue({ fleet, targets }: Play): Promise<string[]> {
  const { rows } = await fleet.superuser.query<{ id: string }>(
    "SELECT id FROM integration WHERE id = ANY($1::uuid[]) AND status = 'active' AND removed_at IS NULL AND next_sync_at <= now()",
    [targets.map(({ integrationId }) => integrationId)],
  );
  return rows.map(({ id }) => `integration ${short(id)} is due, and nobody minds`);
}

/** What was removed has no current evidence and no open gap, whoever wrote in that moment. */
async function leftBehind({ fleet, targets, removed }: Play): Promise<string[]> {
  if (removed.size === 0) return [];
  const ids = [...removed].map((integration) => targets[integration]?.integrationId);
  const { rows } = await fleet.superuser.query<{ heads: number; gaps: number }>(
    `SELECT (SELECT count(*)::int FROM evidence_head WHERE integration_id = ANY($1::uuid[])) AS heads,
       (SELECT count(*)::int FROM gap WHERE integration_id = ANY($1::uuid[]) AND closed_at IS NULL) AS gaps`,
    [ids],
  );
  return rows.flatMap(({ heads, gaps }) =>
    heads + gaps === 0 ? [] : [`removed integrations still have ${heads} current resources and ${gaps} open gaps`],
  );
}

/** Every claim has its attempt, by its worker and with its end. */
async function attempts({ fleet, runs, claims, answers, targets, removed }: Play): Promise<string[]> {
  const { rows } = await fleet.superuser.query<AttemptRow>(
    `SELECT run_id, fence::int, worker, released_at IS NOT NULL AS released, ended_as FROM sync_attempt WHERE run_id = ANY($1::uuid[])`,
    [[...runs.keys()]],
  );
  const told = new Map(rows.map((row) => [`${row.run_id} ${row.fence}`, row]));
  const wrong = claims.flatMap(({ runId, fence, integrationId }) => {
    const row = told.get(`${runId} ${fence}`);
    const letGo = answers.find(
      ({ claim, what, accepted }) => accepted && claim.runId === runId && claim.fence === fence && what in endedAs,
    );
    const isRemoved = [...removed].some((index) => targets[index]?.integrationId === integrationId);
    const ends = letGo === undefined ? ['crash', isRemoved ? 'cancel' : ''] : [endedAs[letGo.what] ?? '', 'cancel'];
    return row?.released && ends.includes(row.ended_as ?? '')
      ? []
      : [`claim ${fence} of run ${short(runId)} is told as ${JSON.stringify(row)} and ended as ${ends[0]}`];
  });
  const counted = [...runs.values()].reduce((sum, run: RunRow) => sum + run.fence, 0);
  const counts = new Set([rows.length, claims.length, counted]);
  return counts.size === 1 ? wrong : [...wrong, `claims, attempts and fences do not agree: ${[...counts].join(', ')}`];
}

const endedAs: Readonly<Record<string, string>> = {
  done: 'done',
  failed: 'reject',
  cancelled: 'cancel',
  snooze: 'snooze',
  retry: 'retry',
  shutdown: 'shutdown',
};

/** Every batch that was accepted is counted once, and no run that ended leaves a stream open. */
async function batches({ fleet, runs, answers }: Play): Promise<string[]> {
  const { rows } = await fleet.superuser.query<{ id: string; batches: number; status: string }>(
    'SELECT id, batches, status FROM stream_run WHERE run_id = ANY($1::uuid[])',
    [[...runs.keys()]],
  );
  return rows.flatMap(({ id, batches: counted, status }) => {
    if (status === 'open') return [`stream run ${short(id)} is open, and nobody will go on with it`];
    const taken = answers.filter(({ stream, what, accepted }) => accepted && what === 'commit' && stream === id).length;
    return taken === counted ? [] : [`stream run ${short(id)} counts ${counted} batches of ${taken} accepted`];
  });
}
