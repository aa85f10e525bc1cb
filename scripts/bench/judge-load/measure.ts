import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Database } from '@evidence-fleet/db';
import type pg from 'pg';
import {
  changeOrganization,
  checkJudgement,
  endRuns,
  judgeOrganization,
  loadOrganization,
  startRuns,
} from './organization.ts';

/** Settings of a server whose memory holds a million heads. */
export const judgeSettings = { shared_buffers: '1GB', max_wal_size: '8GB', maintenance_work_mem: '256MB' } as const;

/** Samples, one a round where nothing else is said. */
export interface JudgeSamples {
  /** Seconds of a first judgement. */
  readonly first: number[];
  /** Seconds of one after a thousandth changed; several a round. */
  readonly again: number[];
  /** Peak of the process over what it took before, in MB. */
  readonly growth: number[];
  /** The longest that the event loop was kept from its next turn by a first judgement, in ms. */
  readonly blocked: number[];
  /** Resources that changed, came or went. */
  readonly changed: number[];
}

export const small = 10_000;
/** Changes after each first judgement: what takes a fifth of a second needs more samples than what takes many. */
const changes = 4;

/**
 * Judges an organization for the first time and after a change, in turn.
 * @throws when a finding, a count or a verdict is not what is to be there
 */
export async function measureJudgement(
  database: Database,
  superuser: pg.Client,
  { heads, rounds }: { readonly heads: number; readonly rounds: number },
  say: (line: string) => void,
): Promise<JudgeSamples> {
  const warm = await loadOrganization(database, superuser, small);
  await judgeOrganization(database, warm.organization, warm.runs);
  await checkJudgement(superuser, warm.organization);
  await endRuns(database, warm.runs);

  const loaded = await loadOrganization(database, superuser, heads);
  const { organization } = loaded;
  say(`${heads.toLocaleString('en')} heads stored`);
  const samples: JudgeSamples = { first: [], again: [], growth: [], blocked: [], changed: [] };
  for (let round = 0; round < rounds; round += 1) {
    if (round > 0) await forget(superuser);
    const runs = round > 0 ? await startRuns(database, superuser, organization) : loaded.runs;
    const before = process.memoryUsage.rss();
    const peak = watchRss();
    const loop = monitorEventLoopDelay({ resolution: 1 });
    loop.enable();
    samples.first.push((await judgeOrganization(database, organization, runs)) / 1_000);
    loop.disable();
    samples.blocked.push(loop.max / 1e6);
    samples.growth.push((peak() - before) / 2 ** 20);
    await checkJudgement(superuser, organization);
    await endRuns(database, runs);
    for (let at = 0; at < changes; at += 1) {
      const change = await changeOrganization(database, superuser, organization, round * changes + at);
      samples.changed.push(change.changed);
      samples.again.push((await judgeOrganization(database, organization, change.runs)) / 1_000);
      await checkJudgement(superuser, organization);
      await endRuns(database, change.runs);
    }
    const again = samples.again.slice(-changes).map((seconds) => seconds.toFixed(3));
    say(
      `round ${round + 1}: ${samples.first.at(-1)?.toFixed(2)} s, then ${again.join(', ')} s, ${samples.growth.at(-1)?.toFixed(0)} MB more`,
    );
  }
  return samples;
}

/** As if nothing had ever been judged. */
async function forget(superuser: pg.Client): Promise<void> {
  await superuser.query('TRUNCATE finding, verdict, judgement');
}

function watchRss(): () => number {
  let peak = process.memoryUsage.rss();
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  return () => {
    clearInterval(timer);
    return Math.max(peak, process.memoryUsage.rss());
  };
}
