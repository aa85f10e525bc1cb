import { percentile } from '../bench/bench.ts';
import type { Answer } from './load.ts';
import type { Played } from './play.ts';

/** Of 99 in 100 answers, while Redis is there; milliseconds. */
export const promisedMs = 100;

const phases = ['before', 'away', 'after'] as const;
const parts = ['leadIn', ...phases] as const;
const offences = ['lost', 'double', 'false'] as const;

const answersOf = (played: Played) => parts.flatMap((part) => played[part]);
const isRefused = ({ status }: Answer) => status !== 202;

/** @param mostMs the p99 of answers before Redis is killed and after it is back, where requests come at a pace */
export function missedGoals(played: Played, mostMs = promisedMs): string[] {
  const { act, verdict } = played;
  const missed = offences.flatMap((kind) => verdict[kind].slice(0, 5).map((offence) => `${kind}: ${offence}`));
  const refused = answersOf(played).filter(isRefused);
  if (refused.length > 0)
    missed.push(`${refused.length} were not answered 202: ${tally(refused, ({ status }) => status)}`);
  // A burst is all sent when Redis is there, and the last of it is answered when the first of it is long forgotten.
  const wanted = act.perSecond === null ? (['before', 'away'] as const) : phases;
  for (const phase of wanted) if (played[phase].length === 0) missed.push(`idle: nothing was answered ${phase}`);
  if (act.perSecond === null) return missed;
  for (const phase of ['before', 'after'] as const) {
    const p99 = played[phase].length === 0 ? 0 : percentile(tooks(played[phase]), 0.99);
    if (p99 >= mostMs) missed.push(`p99 ${phase}: ${p99.toFixed(0)} ms`);
  }
  return missed;
}

/** Two tables in Markdown: how soon, and by which runs. */
export function tablesOf(acts: readonly Played[]): string {
  const times = acts.flatMap((played) =>
    played.act.perSecond === null
      ? [timesOf(played, 'Redis killed in the middle', answersOf(played))]
      : [
          timesOf(played, 'before', played.before),
          timesOf(played, `Redis away, ${(played.awayMs / 1_000).toFixed(1)} s`, played.away),
          timesOf(played, 'after', played.after),
        ],
  );
  return [
    '| Requests come | Redis | Sent | Answered 202 | Else | p50 | p99 | Longest |\n|---|---|--:|--:|--:|--:|--:|--:|',
    ...times,
    '\n| Requests come | Requests | Sent | Created | Joined | Follow-up | Runs | Lost | Double | False |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...acts.map(runsOf),
  ].join('\n');
}

function timesOf({ act }: Played, redis: string, answers: readonly Answer[]): string {
  const ms = [0.5, 0.99, 1].map((share) =>
    answers.length === 0 ? '–' : `${percentile(tooks(answers), share).toFixed(0)} ms`,
  );
  const refused = answers.filter(isRefused).length;
  return `| ${[nameOf(act), redis, answers.length, answers.length - refused, refused, ...ms].join(' | ')} |`;
}

function runsOf(played: Played): string {
  const { act, verdict } = played;
  const answers = answersOf(played);
  const hows = ['created', 'joined', 'follow_up'].map((how) => answers.filter((answer) => answer.how === how).length);
  const offended = offences.map((kind) => verdict[kind].length);
  return `| ${[nameOf(act), act.leadIn + act.requests, answers.length, ...hows, verdict.runs, ...offended].join(' | ')} |`;
}

function nameOf({ perSecond }: Played['act']): string {
  return perSecond === null ? 'at the same moment' : `${perSecond} a second`;
}

function tooks(answers: readonly Answer[]): number[] {
  return answers.map(({ tookMs }) => tookMs);
}

/** `3 × 503, 1 × 0` */
function tally<T>(values: readonly T[], of: (value: T) => unknown): string {
  return [...Map.groupBy(values, of)].map(([value, those]) => `${those.length} × ${value}`).join(', ');
}
