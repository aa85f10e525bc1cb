import {
  type Claim,
  type ClaimedRun,
  cancelRun,
  claimRun,
  createLedger,
  feed,
  IntegrationNotFoundError,
  type Ledger,
  pauseIntegration,
  reapRuns,
  removeIntegration,
  requestSync,
  resumeIntegration,
  ringForgotten,
  standingRuns,
} from '@evidence-fleet/db';
import { type Payload, syncJobId } from '@evidence-fleet/queue';
import type { Command, ReleaseKind } from './command.ts';
import { readDoorbells, take } from './doorbells.ts';
import type { Fleet, Target } from './fleet.ts';
import type { RunRow } from './observed.ts';
import type { Tally } from './tally.ts';
import { type Work, work } from './work.ts';

/** A claim in a worker's hands, or in those of one that was given up for dead. */
export interface Held {
  readonly run: ClaimedRun;
  readonly ledger: Ledger;
  /** Its open stream run. */
  stream: string | null;
  /** Somebody asked to cancel, and this worker has heard of it. */
  cancelled: boolean;
}

/** A request that was accepted, and which run is to answer it. */
export interface Asked {
  readonly round: number;
  readonly integration: number;
  readonly types: readonly string[];
  readonly runId: string;
  readonly how: 'created' | 'joined' | 'follow_up';
}

/** What a claim was told when it wrote: whether the database took it. */
export interface Answer {
  readonly claim: Claim;
  readonly what: 'open' | 'heartbeat' | 'commit' | 'close' | ReleaseKind | 'cancelled';
  readonly stream: string | null;
  readonly accepted: boolean;
  readonly round: number;
}

/** What one history has done so far, as those who did it know it. */
export interface Play {
  readonly fleet: Fleet;
  readonly targets: readonly Target[];
  readonly window: number;
  readonly tally: Tally;
  round: number;
  readonly hands: (Held | null)[];
  readonly ghosts: Held[];
  readonly claims: ClaimedRun[];
  readonly asked: Asked[];
  readonly answers: Answer[];
  /** In which round somebody last stopped an integration's run, paused or resumed it. */
  readonly stopped: Map<number, number>;
  readonly paused: Map<number, number>;
  readonly resumed: Map<number, number>;
  readonly removed: Set<number>;
  readonly last: (string | undefined)[];
  /** Every run as it was last seen. */
  readonly runs: Map<string, RunRow>;
}

const sight = new Uint8Array(64);

/** Does one command to the fleet. It throws only what no caller should ever meet. */
export async function act(play: Play, command: Command): Promise<void> {
  switch (command.do) {
    case 'request':
      return ask(play, command);
    case 'feed':
      return void (await Promise.all(command.schedulers.map((one) => feedOnce(play, one, command.rings))));
    case 'remember':
      return remember(play);
    case 'reap':
      return play.tally.add('runs taken back', (await reapRuns(play.fleet.scheduler)).length);
    case 'claim':
      return command.by === 'job'
        ? claimByJob(play, command.worker, command.nth)
        : claimStray(play, command.worker, command.nth);
    case 'drop':
      return void (await takeJob(play, command.nth));
    case 'flush':
      return void (await play.fleet.redis.flushdb());
    case 'crash':
      return giveUp(play, command.worker);
    case 'heartbeat':
    case 'commit':
    case 'close':
    case 'release': {
      const held = play.hands[command.worker] ?? null;
      return held === null ? undefined : work(play, held, command);
    }
    case 'ghost': {
      const held = play.ghosts.at(-1 - command.nth);
      return held === undefined ? undefined : work(play, held, ghostly(command.what));
    }
    default:
      return actOn(play, command.integration, command.do);
  }
}

function ghostly(what: Extract<Command, { do: 'ghost' }>['what']): Work {
  if (what === 'release') return { do: 'release', as: 'done' };
  return what === 'commit' ? { do: 'commit', unconfirmed: false } : { do: what };
}

async function actOn(
  play: Play,
  integration: number,
  what: 'due' | 'expire' | 'cancel' | 'pause' | 'resume' | 'remove',
): Promise<void> {
  const target = targetOf(play, integration);
  const { app, superuser } = play.fleet;
  if (['cancel', 'pause', 'remove'].includes(what)) play.stopped.set(integration, play.round);
  switch (what) {
    case 'due':
      await superuser.query(
        "UPDATE integration SET next_sync_at = now() - interval '1 minute' WHERE id = $1 AND next_sync_at > now()",
        [target.integrationId],
      );
      return;
    case 'expire':
      await superuser.query(letTimePass, [[target.integrationId]]);
      return;
    case 'cancel': {
      const run = runOf(play, integration);
      if (run !== undefined) play.tally.add(`cancelling: ${await cancelRun(app, run)}`);
      return;
    }
    case 'pause':
      play.paused.set(integration, play.round);
      return pauseIntegration(app, target);
    case 'resume':
      play.resumed.set(integration, play.round);
      return resumeIntegration(app, target);
    case 'remove':
      play.removed.add(integration);
      return removeIntegration(app, target);
  }
  return what satisfies never;
}

/** Leases and waits of these integrations are over. */
export const letTimePass = `UPDATE sync_run SET available_at = least(available_at, now() - interval '1 second'),
  lease_until = CASE WHEN lease_until IS NULL THEN NULL ELSE now() - interval '1 second' END
  WHERE integration_id = ANY($1::uuid[]) AND state IN ('queued', 'running', 'waiting')`;

function targetOf({ targets }: Play, integration: number): Target {
  const target = targets[integration];
  if (target === undefined) throw new Error(`there is no integration ${integration}`);
  return target;
}

/** The run of an integration as it was known before this round: its unfinished one, or the last that ended. */
function runOf(play: Play, integration: number): { organizationId: string; runId: string } | undefined {
  const { integrationId } = targetOf(play, integration);
  const own = [...play.runs.values()].filter((run) => run.integration_id === integrationId);
  const run = own.find(({ finished_at }) => finished_at === null) ?? own.at(-1);
  return run && { organizationId: run.organization_id, runId: run.id };
}

async function ask(play: Play, { integration, types }: Extract<Command, { do: 'request' }>): Promise<void> {
  const { fleet, round, tally } = play;
  try {
    const { runId, how, ring } = await requestSync(fleet.app, { ...targetOf(play, integration), types });
    play.asked.push({ round, integration, types, runId, how });
    tally.add(`requests: ${how}`);
    if (ring !== null) await fleet.producer.ringSync([{ ...ring, queue: 'sync-now' }]);
  } catch (error) {
    if (!(error instanceof IntegrationNotFoundError && play.removed.has(integration))) throw error;
    tally.add('requests: refused, the integration is removed');
  }
}

/** One look of the scheduler; what it rings is told to Redis unless it dies before. */
export async function feedOnce(play: Play, scheduler: number, rings = true): Promise<void> {
  const { fleet, window, tally } = play;
  const last = play.last[scheduler];
  const fed = await feed(fleet.scheduler, { window, ...(last === undefined ? {} : { last }) });
  play.last[scheduler] = fed.last;
  tally.add('runs made for a due date', fed.created);
  tally.add('runs rung again', fed.rungAgain);
  tally.add('due dates that a run already stood for', fed.coalesced);
  if (rings) await fleet.producer.ringSync(fed.rings);
}

/** The scheduler's own way to find runs whose job is gone. */
export async function remember({ fleet: { scheduler, producer }, tally }: Play): Promise<void> {
  const standing = await standingRuns(scheduler, -1);
  const forgotten = [];
  for (const queue of ['sync', 'sync-now'] as const) {
    const own = standing.filter((one) => one.queue === queue);
    const stands = await producer.standing(queue, own.map(syncJobId));
    forgotten.push(...own.filter((_, index) => stands[index] === false));
  }
  const rings = await ringForgotten(scheduler, forgotten);
  tally.add('forgotten runs found', rings.length);
  await producer.ringSync(rings);
}

async function takeJob({ fleet: { redis } }: Play, nth: number): Promise<Payload<'sync'> | null> {
  const jobs = await readDoorbells(redis);
  const job = jobs[nth % Math.max(jobs.length, 1)];
  if (job === undefined || job.data === null || !(await take(redis, job))) return null;
  return JSON.parse(job.data) as Payload<'sync'>; // what else could stand there is checked after every round
}

async function claimByJob(play: Play, worker: number, nth: number): Promise<void> {
  const job = await takeJob(play, nth);
  if (job === null) play.tally.add('jobs that were gone');
  else await claim(play, worker, job);
}

async function claimStray(play: Play, worker: number, nth: number): Promise<void> {
  const run = runOf(play, nth % play.targets.length);
  if (run !== undefined) await claim(play, worker, run);
}

/** A worker claims; what it held before it forgets. */
export async function claim(
  play: Play,
  worker: number,
  { organizationId, runId }: Payload<'sync'>,
): Promise<Held | null> {
  const run = await claimRun(play.fleet.app, { organizationId, runId, worker: `worker-${worker}` });
  play.tally.add(run === null ? 'claims lost' : 'claims won');
  if (run === null) return null;
  play.claims.push(run);
  const ledger = createLedger(play.fleet.app, { ...run, visibility: sight });
  const held: Held = { run, ledger, stream: null, cancelled: run.cancelRequested };
  giveUp(play, worker);
  play.hands[worker] = held;
  return held;
}

function giveUp(play: Play, worker: number): void {
  const held = play.hands[worker];
  if (held) play.ghosts.push(held);
  play.hands[worker] = null;
}
