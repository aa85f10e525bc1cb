import { randomUUID } from 'node:crypto';
import { until } from '@evidence-fleet/testbed';
import { judge, type Verdict } from './judge.ts';
import { type Answer, type Asking, startLoad } from './load.ts';
import { type Stand, types } from './stand.ts';

export interface Act {
  readonly requests: number;
  /** null: all at the very same moment. */
  readonly perSecond: number | null;
  /** As many before them, whose answers are judged and not timed: meanwhile processes compile what they do, and connect. */
  readonly leadIn: number;
}

/** The answers of one act, by where Redis was, and what the database says about them. */
export interface Played {
  readonly act: Act;
  readonly leadIn: readonly Answer[];
  /** Answered before Redis was killed. */
  readonly before: readonly Answer[];
  readonly away: readonly Answer[];
  /** Sent when it was back. */
  readonly after: readonly Answer[];
  readonly awayMs: number;
  readonly verdict: Verdict;
}

const answeredWithinMs = 60_000;
/** Every tenth request is sent twice at once, to two processes. */
const twinEvery = 10;

/** Asks for syncs; when a third is answered Redis is killed with all that it holds, and when two thirds are it is started again. */
export async function play(stand: Stand, act: Act): Promise<Played> {
  const { redis, superuser } = stand.fleet;
  const since = new Date();
  const askings = planOf(stand, act);
  const untimed = askings.filter(({ isTimed }) => !isTimed).length;
  const load = startLoad(askings);
  const held = askings.filter(({ isHeld }) => isHeld).length;
  const third = (askings.length - untimed) / 3;
  const answered = async (count: number) => {
    const enough = () => load.answers.length >= count;
    await Promise.race([load.all, until('so many are answered', enough, { ms: answeredWithinMs, everyMs: 2 })]);
  };
  await answered(untimed + third);
  const killedAt = Date.now();
  await redis.kill();
  await answered(held > 0 ? askings.length - held : untimed + 2 * third);
  await redis.start();
  const backAt = Date.now();
  load.release();
  const answers = await load.all;
  await stand.quiet();
  const phaseOf = ({ isTimed, sentAt, answeredAt }: Answer) => {
    if (!isTimed) return 'leadIn';
    return answeredAt <= killedAt ? 'before' : sentAt >= backAt ? 'after' : 'away';
  };
  const { leadIn = [], before = [], away = [], after = [] } = Object.groupBy(answers, phaseOf);
  const verdict = await judge(superuser, answers, since);
  return { act, leadIn, before, away, after, awayMs: backAt - killedAt, verdict };
}

/** One integration after the other, each type in turn, so that some join and some do not. */
function planOf({ integrations, apis }: Stand, { requests, leadIn, perSecond }: Act): Asking[] {
  return Array.from({ length: leadIn + requests }, (_, index) => index).flatMap((index) => {
    const integration = integrations[index % integrations.length];
    const type = types[Math.floor(index / integrations.length) % types.length];
    if (integration === undefined || type === undefined) throw new Error('there is nothing to ask for');
    const isHeld = perSecond !== null && index >= leadIn + (requests * 2) / 3;
    const atMs = perSecond === null ? 0 : (index * 1_000) / perSecond;
    const asking = { ...integration, key: randomUUID(), types: [type], atMs, isTimed: index >= leadIn, isHeld };
    const [first = '', second = ''] = index % 2 === 0 ? apis : apis.toReversed();
    return (index % twinEvery === 0 ? [first, second] : [first]).map((api) => ({ ...asking, api }));
  });
}
