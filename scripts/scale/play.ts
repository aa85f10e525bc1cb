import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@evidence-fleet/testbed';
import { createCrew } from './crew.ts';
import { createRandom, type Day, generateDay } from './day.ts';
import { createGovernor, scaling } from './rule.ts';
import { openStand, type Stand } from './stand.ts';
import { readTally, type Tally } from './tally.ts';

export interface PlayOptions {
  readonly hours: number;
  /** Integrations that are there from the begin, and of the tenant that joins. */
  readonly integrations: number;
  readonly joining: number;
  /** Seconds of the day in a second. */
  readonly speed: number;
  /** Slots of one worker. */
  readonly slots: number;
  readonly workers: { readonly least: number; readonly most: number };
  readonly seed: number;
  /** Hears of progress. */
  say(line: string): void;
}

/** What a sync takes, of a provider that answers. */
const syncSeconds = 360;
const callsEach = 2;
/** Of what a worker is given to end in production. */
const graceSeconds = 10;
const meanOverSeconds = 600;
const tellEverySeconds = 1_800;

/** Plays a day with real processes; every time of it is real, and shorter by the speed. */
export async function play(options: PlayOptions): Promise<Tally> {
  const { hours, integrations, joining, speed, slots, seed, say } = options;
  const random = createRandom(seed);
  const day = generateDay({ hours, integrations, joining, random });
  const callMs = () => (syncSeconds / callsEach / speed) * 1_000 * (0.5 + random());
  say(`${day.dues.length} syncs of ${day.tenants.reduce((sum, one) => sum + one, 0)} integrations`);
  const stand = await openStand(day, callMs);
  try {
    await stand.fleet.start('scheduler', { SYNC_WINDOW: String(options.workers.most * slots) });
    const crew = createCrew(stand.fleet, {
      ...{ SYNC_SLOTS: String(slots), QUOTA_SHARE: '1', PRELOAD: 'true' },
      SHUTDOWN_GRACE_MS: String(Math.round((graceSeconds / speed) * 1_000)),
    });
    try {
      await runDay(stand, day, crew, options);
      const workerSeconds = crew.workerSeconds() * speed;
      const { starts, largest } = crew;
      return { ...(await readTally(stand.fleet, { speed, slots })), workerSeconds, starts, largest };
    } finally {
      await crew.close();
    }
  } finally {
    await stand.close();
  }
}

async function runDay(
  stand: Stand,
  day: Day,
  crew: ReturnType<typeof createCrew>,
  options: PlayOptions,
): Promise<void> {
  const { speed, slots, workers, say } = options;
  const governor = createGovernor(workers);
  crew.resize(workers.least);
  await until('the first workers are ready', () => crew.ready === workers.least, { ms: 60_000 });
  const begun = performance.now();
  const now = () => ((performance.now() - begun) / 1_000) * speed;
  const realMs = (seconds: number) => (seconds / speed) * 1_000;
  let next = 0;
  let lookAt = 0;
  let tellAt = 0;
  while (now() < day.seconds) {
    const at = now();
    const first = next;
    while ((day.dues[next]?.at ?? Number.POSITIVE_INFINITY) <= at) next += 1;
    await stand.makeDue(day.dues.slice(first, next));
    stand.second.isOut = at >= day.outage.from && at < day.outage.to;
    if (at >= lookAt) {
      lookAt = at + scaling.pollSeconds;
      const seen = await stand.look(realMs(meanOverSeconds));
      const load = {
        ...{ ...seen, slots, workers: crew.size, ready: crew.ready },
        oldestSeconds: seen.oldestSeconds * speed,
        meanSeconds: seen.meanSeconds === 0 ? syncSeconds : seen.meanSeconds * speed,
      };
      crew.resize(governor.next(load, at));
      if (at >= tellAt) {
        tellAt = at + tellEverySeconds;
        say(
          `${(at / 3_600).toFixed(1)} h: ${crew.size} workers, ${load.active} active, ${load.waiting} waiting for up to ${load.oldestSeconds.toFixed(0)} s, ${load.meanSeconds.toFixed(0)} s a sync`,
        );
      }
    }
    await sleep(tickMs);
  }
  await until('every sync has ended', async () => (await stand.left()) === 0, { ms: 180_000, everyMs: 500 });
}

const tickMs = 50;
