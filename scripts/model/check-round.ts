import { parsePayload } from '@evidence-fleet/queue';
import { readDoorbells } from './doorbells.ts';
import type { DateChange, Observed, RunChange, RunRow, Write } from './observed.ts';
import type { Answer, Asked, Play } from './play.ts';
import { brokenRules, covers } from './run-rules.ts';

const isUnfinished = ({ finished_at }: RunRow) => finished_at === null;
const short = (id: string) => id.slice(-6);

/** What this round broke, in words; empty when everything held. */
export async function checkRound(play: Play, observed: readonly Observed[]): Promise<string[]> {
  const changes = observed.filter((one) => one.kind === 'run');
  const dates = observed.filter((one) => one.kind === 'date');
  const writes = observed.filter((one) => one.kind === 'write');
  const before = new Map(play.runs);
  for (const { after } of changes) play.runs.set(after.id, after);
  return [
    ...changes.flatMap((change) =>
      brokenRules(change).map((rule) => `${rule}: run ${short(change.after.id)}, ${difference(change)}`),
    ),
    ...made(play, changes, dates),
    ...followed(changes),
    ...dated(changes, dates, [...before.values(), ...changes.map(({ after }) => after)]),
    ...written(writes, changes),
    ...answered(play, changes, writes),
    ...asked(play, changes),
    ...standing(play),
    ...(await bells(play)),
  ];
}

function difference({ before, after, by }: RunChange): string {
  const fields = Object.keys(after) as (keyof RunRow)[]; // Object.keys widens the literal keys
  const changed = fields.filter((field) => JSON.stringify(before?.[field]) !== JSON.stringify(after[field]));
  const told = changed.map((field) => `${field} ${JSON.stringify(before?.[field])} -> ${JSON.stringify(after[field])}`);
  return `${told.join(', ')} by ${by}`;
}

/** A run is made by a request, for a due date, or behind one that ended; never for nothing. */
function made({ asked }: Play, changes: readonly RunChange[], dates: readonly DateChange[]): string[] {
  return changes
    .filter(({ before }) => before === null)
    .filter(({ after, by, tx }) =>
      by === 'fleet_scheduler'
        ? dates.filter((date) => date.tx === tx && date.after.id === after.integration_id).length !== 1
        : !asked.some((one) => one.how === 'created' && one.runId === after.id) &&
          !changes.some((one) => one.tx === tx && ends(one) && one.after.integration_id === after.integration_id),
    )
    .map(({ after, by }) => `a run was made for nothing: ${short(after.id)} by ${by}`);
}

const ends = ({ before, after }: RunChange) => before !== null && isUnfinished(before) && !isUnfinished(after);

/** The request behind a run that ends becomes a run in the same transaction. */
function followed(changes: readonly RunChange[]): string[] {
  return changes
    .filter((change) => ends(change) && change.after.follow_up_id !== null)
    .filter(
      ({ after: ended, tx }) =>
        !changes.some(
          ({ before, after, tx: other }) =>
            before === null &&
            other === tx &&
            after.id === ended.follow_up_id &&
            covers(after.types, ended.follow_up_types),
        ),
    )
    .map(({ after }) => `the request behind run ${short(after.id)} was lost when that ended`);
}

/** A due date that the scheduler moved on has its run, or one that reads everything stood for it. */
function dated(changes: readonly RunChange[], dates: readonly DateChange[], known: readonly RunRow[]): string[] {
  return dates
    .filter(({ by }) => by === 'fleet_scheduler')
    .flatMap(({ before, after, at, tx }) => {
      const wasDue = before.next_sync_at !== null && Date.parse(before.next_sync_at) <= Date.parse(at);
      const hasRun = changes.some(
        (one) => one.before === null && one.tx === tx && one.after.integration_id === after.id,
      );
      const stood = known.some((run) => run.integration_id === after.id && isUnfinished(run) && run.types.length === 0);
      if (!wasDue) return [`a date that was not due was moved: integration ${short(after.id)}`];
      return hasRun || stood ? [] : [`a due date was lost: integration ${short(after.id)}`];
    });
}

/** Evidence is written under the fence that is current, and a batch is progress; who ends a run closes what it left open. */
function written(writes: readonly Write[], changes: readonly RunChange[]): string[] {
  return writes.flatMap(({ before, after, run, tx }) => {
    const isEnding = after.status === 'failed' && changes.some((one) => one.tx === tx && ends(one));
    if (run.state !== 'running' && !isEnding)
      return [`a write went through while run ${short(after.run_id)} was ${run.state}`];
    const isBatch = after.batches > before.batches;
    return isBatch && run.crash_count !== 0
      ? [`run ${short(after.run_id)} made progress and still counts ${run.crash_count} crashes`]
      : [];
  });
}

/** What each claim was told is what happened: accepted under the current fence, refused for another's. */
function answered(play: Play, changes: readonly RunChange[], writes: readonly Write[]): string[] {
  const own = play.answers.filter(({ round }) => round === play.round);
  return own.flatMap((answer) =>
    answer.accepted ? accepted(answer, own, changes, writes) : refused(play, answer, changes),
  );
}

function accepted(
  answer: Answer,
  own: readonly Answer[],
  changes: readonly RunChange[],
  writes: readonly Write[],
): string[] {
  const { runId } = answer.claim;
  const fence = Number(answer.claim.fence);
  const alike = own.filter((one) => one.accepted && one.what === answer.what && one.claim === answer.claim).length;
  const happened = ((): number => {
    switch (answer.what) {
      case 'open':
        return alike;
      case 'heartbeat':
        return changes.filter(
          ({ before, after, by }) =>
            by === 'fleet_app' && after.id === runId && after.fence === fence && prolongs(before, after),
        ).length;
      case 'commit':
      case 'close':
        return writes.filter(
          ({ before, after, run }) =>
            after.run_id === runId &&
            run.fence === fence &&
            (answer.what === 'commit' ? after.batches > before.batches : closes(before.status, after.status)),
        ).length;
      default:
        return changes.filter((change) => released(change, answer)).length;
    }
  })();
  return happened === alike
    ? []
    : [`${alike} × ${answer.what} of run ${short(runId)} under fence ${fence} accepted, ${happened} happened`];
}

/** As a worker of a history closes: what a run leaves open when it ends is closed as failed. */
const closes = (before: string, after: string) => before === 'open' && after !== 'open' && after !== 'failed';

const prolongs = (before: RunRow | null, after: RunRow) =>
  before?.state === 'running' &&
  after.state === 'running' &&
  before.fence === after.fence &&
  before.lease_until !== after.lease_until;

const endOf: Partial<Record<Answer['what'], RunRow['state']>> = {
  done: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
};

/** A worker that lets go of a run that somebody cancelled ends it, whatever it wanted. */
function released({ before, after, by }: RunChange, { claim, what }: Answer): boolean {
  if (before?.state !== 'running' || after.state === 'running' || by !== 'fleet_app') return false;
  if (after.id !== claim.runId || after.fence !== Number(claim.fence)) return false;
  if (endOf[what] !== undefined) return after.state === endOf[what] && after.attempts === before.attempts;
  if (after.state === 'cancelled') return after.cancel_requested_at !== null;
  return after.state === 'waiting' && after.attempts === before.attempts + (what === 'retry' ? 1 : 0);
}

function refused({ runs }: Play, { claim, what }: Answer, changes: readonly RunChange[]): string[] {
  const run = runs.get(claim.runId);
  const letGo = run?.state !== 'running' || run.fence > Number(claim.fence);
  const inBetween = changes.some(({ after }) => after.id === claim.runId && after.state !== 'running');
  return letGo || inBetween ? [] : [`${what} of run ${short(claim.runId)} was refused to the claim that holds it`];
}

/** A request was noted where it was said to be: on a run that had not begun, or behind one that had. */
function asked(play: Play, changes: readonly RunChange[]): string[] {
  const isNoted = ({ how, runId, types }: Asked) =>
    changes.some(({ before, after, by }) => {
      if (by !== 'fleet_app') return false;
      if (how === 'created') return before === null && after.id === runId && covers(after.types, types);
      if (how === 'follow_up')
        return (
          before !== null &&
          isUnfinished(before) &&
          after.follow_up_id === runId &&
          covers(after.follow_up_types, types)
        );
      return (
        before?.state === 'queued' &&
        after.state === 'queued' &&
        after.id === runId &&
        after.ring > before.ring &&
        covers(after.types, types)
      );
    });
  return play.asked
    .filter((one) => one.round === play.round && !isNoted(one))
    .map(({ how, runId }) => `a request was told "${how}" run ${short(runId)}, and no such run took note of it`);
}

/** What stands after a round, whoever came first in it. */
function standing(play: Play): string[] {
  const unfinished = [...play.runs.values()].filter(isUnfinished);
  const rung = unfinished.filter(
    (run) => run.state !== 'running' && run.trigger === 'schedule' && run.rung_at !== null,
  );
  const claims = new Set(play.claims.map(({ runId, fence }) => `${runId} ${fence}`));
  return [
    ...play.targets.flatMap(({ integrationId }, index) => {
      const own = unfinished.filter((run) => run.integration_id === integrationId);
      const many = own.length > 1 ? [`integration ${index} has ${own.length} unfinished runs`] : [];
      return [
        ...many,
        ...own
          .filter((run) => outlives(play, index, run))
          .map((run) => `run ${short(run.id)} outlives its integration ${index}, which was paused or removed`),
      ];
    }),
    ...(rung.length > play.window ? [`${rung.length} scheduled jobs stand in a window of ${play.window}`] : []),
    ...(claims.size < play.claims.length ? ['two claims were given the same fence'] : []),
  ];
}

/** Nothing goes on for an integration that was paused or removed, unless somebody asked for it since. */
function outlives(play: Play, integration: number, run: RunRow): boolean {
  if (run.cancel_requested_at !== null) return false;
  if (play.removed.has(integration)) return true;
  const paused = play.paused.get(integration);
  if (paused === undefined || (play.resumed.get(integration) ?? -1) >= paused) return false; // at once: whoever came last
  return !play.asked.some((one) => one.integration === integration && one.round >= paused);
}

/** A job is a doorbell and nothing else. */
async function bells({ fleet, runs }: Play): Promise<string[]> {
  const jobs = await readDoorbells(fleet.redis);
  return jobs.flatMap(({ queue, id, data }) => {
    if (data === null) return [`job ${id} stands without its payload`];
    const { runId } = parsePayload(queue, JSON.parse(data));
    return runs.has(runId) ? [] : [`a job rings for a run that is not there: ${short(runId)}`];
  });
}
