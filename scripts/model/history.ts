import { setTimeout } from 'node:timers/promises';
import { reapRuns } from '@evidence-fleet/db';
import { checkEnd } from './check-end.ts';
import { checkRound } from './check-round.ts';
import { type Command, type History, workerCount } from './command.ts';
import { readDoorbells, take } from './doorbells.ts';
import { type Fleet, seed } from './fleet.ts';
import { observedSince } from './observed.ts';
import { act, claim, feedOnce, letTimePass, type Play, remember } from './play.ts';
import type { Tally } from './tally.ts';
import { work } from './work.ts';

/** Two integrations of one organization and one of another. */
const organizations = [2, 1];
/** Times round the fair loop at most, until everything has ended. */
const longestDrain = 20;
/** Longest a round may take. */
const roundMs = 20_000;

class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

/** Plays one history on a fresh pair of organizations and lets everything come to its end. @throws BrokenPromise */
export async function playHistory(fleet: Fleet, { window, rounds }: History, tally: Tally): Promise<void> {
  const play: Play = {
    fleet,
    targets: await seed(fleet, organizations),
    window,
    tally,
    round: 0,
    hands: Array.from({ length: workerCount }, () => null),
    ghosts: [],
    claims: [],
    asked: [],
    answers: [],
    stopped: new Map(),
    paused: new Map(),
    resumed: new Map(),
    removed: new Set(),
    last: [undefined, undefined],
    runs: new Map(),
  };
  let seen = await lastSeq(fleet);
  const step = async (work: () => Promise<unknown>): Promise<void> => {
    await Promise.race([work(), stuck(play.round)]);
    const observed = await observedSince(fleet.superuser, seen);
    seen = observed.at(-1)?.seq ?? seen;
    const broken = await checkRound(play, observed);
    if (broken.length > 0) throw new BrokenPromise(`round ${play.round + 1}: ${broken.join('; ')}`);
    play.round += 1;
  };
  for (const round of rounds) await step(() => together(play, round));
  for (let turn = 0; turn < longestDrain && !(await isQuiet(play)); turn += 1) await step(() => drain(play));
  const broken = await checkEnd(play);
  if (broken.length > 0) throw new BrokenPromise(`in the end: ${broken.join('; ')}`);
}

async function lastSeq({ superuser }: Fleet): Promise<number> {
  const { rows } = await superuser.query<{ seq: number }>(
    'SELECT coalesce(max(seq), 0)::int AS seq FROM model.observed',
  );
  return rows[0]?.seq ?? 0;
}

async function stuck(round: number): Promise<never> {
  await setTimeout(roundMs, undefined, { ref: false });
  throw new BrokenPromise(`round ${round + 1} did not end within ${roundMs / 1_000} s`);
}

/** All at once; only what one worker does, it does one after the other. */
async function together(play: Play, round: readonly Command[]): Promise<void> {
  const lines = new Map<string, Command[]>();
  for (const [index, told] of round.entries()) {
    const command = withHolder(play, told);
    const line = 'worker' in command ? `worker ${command.worker}` : command.do === 'ghost' ? 'ghosts' : `${index}`;
    lines.set(line, [...(lines.get(line) ?? []), command]);
  }
  const results = await Promise.allSettled(
    [...lines.values()].map(async (line) => {
      for (const command of line) await act(play, command);
    }),
  );
  play.tally.add('commands', round.length);
  const failed = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
  if (failed.length > 0)
    throw new BrokenPromise(`round ${play.round + 1}: what nobody should meet: ${failed.join('; ')}`);
}

/** A worker with nothing in its hands passes its work on to the next that has. */
function withHolder({ hands }: Play, command: Command): Command {
  if (!('worker' in command) || command.do === 'claim') return command;
  const holders = hands.flatMap((held, worker) => (held === null ? [] : [worker]));
  return { ...command, worker: holders.find((worker) => worker >= command.worker) ?? holders[0] ?? command.worker };
}

async function isQuiet({ fleet: { superuser }, targets }: Play): Promise<boolean> {
  const { rows } = await superuser.query<{ busy: boolean }>(
    `SELECT EXISTS (SELECT FROM sync_run WHERE integration_id = ANY($1::uuid[]) AND state IN ('queued', 'running', 'waiting'))
       OR EXISTS (SELECT FROM integration WHERE id = ANY($1::uuid[]) AND status = 'active' AND removed_at IS NULL AND next_sync_at <= now()) AS busy`,
    [targets.map(({ integrationId }) => integrationId)],
  );
  return rows[0]?.busy === false;
}

/** Once round a fair loop: time passes, the scheduler does its work, and a worker ends what it gets by the jobs that stand. */
async function drain(play: Play): Promise<void> {
  const { fleet, targets } = play;
  await fleet.superuser.query(letTimePass, [targets.map(({ integrationId }) => integrationId)]);
  await reapRuns(fleet.scheduler);
  await feedOnce(play, 0);
  await remember(play);
  for (const job of await readDoorbells(fleet.redis)) {
    if (job.data === null || !(await take(fleet.redis, job))) continue;
    const held = await claim(play, 0, JSON.parse(job.data) as { organizationId: string; runId: string }); // checked after every round
    if (held !== null) await work(play, held, { do: 'release', as: 'done' });
  }
}
