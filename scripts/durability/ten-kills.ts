import { type FleetProcess, startFleet, until } from '@evidence-fleet/testbed';
import { Redis } from 'ioredis';
import { createGitHubTenant, type GitHubTenant, hasEnded } from '../../apps/worker/src/testing/github-tenant.ts';
import { ledgerState } from '../../apps/worker/src/testing/ledger-state.ts';
import type { Scenario } from './scenario.ts';
import { compareStates, newTally, type Tally } from './tally.ts';
import { forgetQuotas } from './ward.ts';

const kills = 10;
const delayMs = 40;
/** Some 1,100 calls. */
const size = {
  seed: 5,
  repositories: 60,
  members: 120,
  pullRequests: 300,
  alerts: 1_500,
  denied: 0,
  now: new Date(Date.now() - 60_000),
};
/** Calls that ten kills may cost beyond a page each. */
const mostShare = 0.05;
/** A page, where every repository costs calls of its own, are the repositories that a stream reads side by side. */
const streams = [
  { calls: /\/(protection|rules\/branches)\b/, repositoriesAtOnce: 4 },
  { calls: /\/pulls\b/, repositoriesAtOnce: 2 },
  { calls: /\/(collaborators|hooks|rulesets|commits|runs)\b/, repositoriesAtOnce: 4 },
];

/** One run, killed ten times, beside the same run undisturbed. */
export const tenKills: Scenario = {
  name: 'A run killed ten times',
  times: { full: 1, sample: 0 },
  async run({ say }) {
    const fleet = await startFleet();
    const redis = new Redis(fleet.redisUrl);
    const forgetting = forgetQuotas(redis); // GitHub's pace of 12 calls a second would flatter the result: less is in flight
    const tally = newTally();
    const opened: GitHubTenant[] = [];
    try {
      const [undisturbed, killed] = [
        await createGitHubTenant(fleet, 'undisturbed', { size, delayMs }),
        await createGitHubTenant(fleet, 'killed', { size, delayMs }),
      ];
      opened.push(undisturbed, killed);
      await fleet.start('scheduler', { TICK_MS: '200' });
      const start = () => fleet.start('worker', { QUOTA_SHARE: '1' });
      let workers: readonly FleetProcess[] = await Promise.all([start(), start()]);
      await undisturbed.due();
      await undisturbed.run('ends', hasEnded);
      const needed = undisturbed.github.requests.length;
      await undisturbed.quiet();
      say(`undisturbed: ${needed} calls`);

      await killed.due();
      for (let kill = 1; kill <= kills; kill += 1) {
        await until(
          'enough of the run is done',
          () => new Set(killed.github.requests.map(({ path }) => path)).size >= (needed * kill) / (kills + 1),
          { ms: 120_000, everyMs: 5 },
        );
        const { lease_owner: owner } = await killed.run('is claimed', (run) => run.lease_owner !== null);
        const victim = workers.find(({ pid }) => owner?.endsWith(`-${pid}`));
        if (victim === undefined) throw new Error(`nobody knows the worker ${owner}`);
        const at = Date.now();
        victim.kill('SIGKILL');
        await victim.ended;
        workers = [...workers.filter((worker) => worker !== victim), await start()];
        tally.recoveriesMs.push((await firstCall(killed, at)) - at);
        say(`kill ${kill} at ${killed.github.requests.length} calls`);
      }
      await killed.run('ends', hasEnded);
      const made = killed.github.requests.length;
      await Promise.all([undisturbed, killed].map((tenant) => tenant.quiet()));
      await book(tally, fleet.superuser, { undisturbed, killed });
      tally.repeatedCalls = made - needed;
      tally.blows = kills;
      tally.idle = kills - (await killed.attempts()).filter((one) => one.ended_as === 'crash').length;
      tally.notes.push('a blow has hit when the run was taken from the killed worker (crash)');
      bookCalls(tally, { needed, made, calls: undisturbed.github.requests.map(({ path }) => path) });
      return tally;
    } finally {
      clearInterval(forgetting);
      redis.disconnect();
      for (const { github } of opened) await github.close();
      await fleet.close();
    }
  },
};

async function firstCall({ github }: GitHubTenant, at: number): Promise<number> {
  const found = () => github.requests.find((request) => request.at > at);
  return (await until('somebody goes on', found, { ms: 60_000 })).at;
}

async function book(
  tally: Tally,
  superuser: Parameters<typeof ledgerState>[0],
  { undisturbed, killed }: { undisturbed: GitHubTenant; killed: GitHubTenant },
): Promise<void> {
  const [expected, actual] = [
    await ledgerState(superuser, undisturbed.organizationId),
    await ledgerState(superuser, killed.organizationId),
  ];
  const { missing, extra } = compareStates(expected, actual);
  Object.assign(tally, { expected: 1, executed: 1, unique: 1, false: Math.max(missing.length, extra.length) });
  for (const line of [...missing.map((one) => `- ${one}`), ...extra.map((one) => `+ ${one}`)].slice(0, 5))
    tally.notes.push(line.slice(0, 200));
}

/** Beyond the checks of who we are, a page a kill for every slice that was open then. */
function bookCalls(
  tally: Tally,
  { needed, made, calls }: { needed: number; made: number; calls: readonly string[] },
): void {
  const percent = (((made - needed) / needed) * 100).toFixed(1);
  const each = ((made - needed) / kills).toFixed(1);
  const page = streams.reduce((sum, stream) => {
    const perRepository = calls.filter((path) => stream.calls.test(path)).length / size.repositories;
    return sum + Math.ceil(perRepository * stream.repositoriesAtOnce);
  }, 0);
  tally.notes.push(
    `${needed} calls undisturbed, ${made} with ${kills} kills: ${percent} % more, ${each} calls repeated a kill`,
    `a page: the repositories that the open streams read side by side, ${page} calls`,
  );
  if (made - needed > needed * mostShare + kills * page) {
    tally.false += 1;
    tally.notes.push('more than 5 % and a page a kill');
  }
}
