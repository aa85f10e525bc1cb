import { type Fleet, type FleetOptions, type FleetProcess, startFleet, until } from '@evidence-fleet/testbed';
import { Redis } from 'ioredis';
import { createGitHubTenant, type GitHubTenant } from '../../apps/worker/src/testing/github-tenant.ts';
import { ledgerState } from '../../apps/worker/src/testing/ledger-state.ts';
import type { Reference } from './reference.ts';
import { compareStates, newTally, type Tally } from './tally.ts';
import type { Trace } from './traces.ts';
import { change, size } from './world.ts';

interface DealtBlow {
  /** Milliseconds since the epoch; without it no recovery is booked. */
  readonly at?: number;
  readonly overAt?: number;
  readonly trace: Trace;
}

/** A fleet with tenants that all see the same world, and the books of what they are owed. */
export interface Ward {
  readonly fleet: Fleet;
  readonly tenants: readonly GitHubTenant[];
  readonly tally: Tally;
  /** Reads everything for the first time, undisturbed. Processes must be there. */
  settleIn(): Promise<void>;
  /**
   * Plays so many rounds. One whose blow hit nothing proves nothing: it is played again, up to `sparesOf(times)` times in all, unless the row is missed already.
   * @param play hears which of them it is, from 1; may play several rounds of the ward
   */
  playRounds(times: number, play: (time: number) => Promise<void>): Promise<void>;
  /** Changes every world; from now on calls belong to this round. */
  beginRound(): Promise<void>;
  /** Makes every tenant's sync due. */
  due(): Promise<void>;
  /** Provider calls of this round so far. */
  calls(): number;
  /** Resolves when so much of the round's work is under way, 0 to 1. */
  underWay(share: number): Promise<void>;
  /**
   * Waits until every run of the round has ended, and books it.
   * @param blow when it was dealt, when the store that it took was there again, and what it leaves where it hits. Recovery counts from the
   * blow to the first call after the store's return, or else after another claim of the run.
   */
  endRound(blow?: DealtBlow): Promise<void>;
  /** As the testbed's, and when it waited in vain, what the fleet's processes said last is told. */
  until: typeof until;
  /** Whether a process has logged this event since the round began. */
  told(event: string): boolean;
  close(): Promise<void>;
}

export interface WardOptions {
  readonly tenants: number;
  readonly reference: Reference;
  readonly fleet?: FleetOptions;
  /** Of each of the provider's answers. */
  readonly delayMs?: number;
  readonly say?: (line: string) => void;
}

const endedWithinMs = 120_000;
/** Runs may end before a worker that lost one has told of it. */
const tracedWithinMs = 5_000;

/** How many of a ward's rounds may be played again. */
export const sparesOf = (times: number): number => Math.ceil(times / 4);

export async function openWard({
  tenants: count,
  reference,
  fleet: options,
  delayMs = 20,
  say,
}: WardOptions): Promise<Ward> {
  const fleet = await startFleet(options);
  const redis = new Redis(fleet.redisUrl, { maxRetriesPerRequest: null });
  redis.on('error', () => {}); // Redis is taken away on purpose
  const tenants: GitHubTenant[] = [];
  for (let index = 0; index < count; index += 1)
    tenants.push(await createGitHubTenant(fleet, `tenant-${index}`, { size, delayMs }));
  const tally = newTally();
  let round = 0;
  let marks = tenants.map(() => 0);
  let saidBefore = new Map<FleetProcess, number>();
  const callsOf = (index: number) => (tenants[index]?.github.requests ?? []).slice(marks[index]);
  const calls = () => tenants.reduce((sum, _, index) => sum + callsOf(index).length, 0);

  const forgetting = forgetQuotas(redis);

  async function book(tenant: GitHubTenant, index: number): Promise<void> {
    const rows = await runsOf(fleet, tenant);
    const executed = rows.filter(({ ended }) => ended).length - round; // the first reading and the rounds before
    tally.expected += 1;
    tally.executed += executed;
    tally.unique += Math.min(1, executed);
    tally.lost += executed < 1 ? 1 : 0;
    tally.double += Math.max(0, rows.length - round - 1);
    const expected = await reference.after(round);
    const { missing, extra } = compareStates(expected.state, await ledgerState(fleet.superuser, tenant.organizationId));
    const standsTwice = extra.filter((line) => expected.state.includes(line));
    const isGone = missing.filter((line) => !extra.some((other) => other.split(' ')[0] === line.split(' ')[0]));
    tally.double += standsTwice.length;
    tally.lost += isGone.length;
    tally.false += Math.max(missing.length - isGone.length, extra.length - standsTwice.length);
    for (const line of [...missing.map((one) => `- ${one}`), ...extra.map((one) => `+ ${one}`)].slice(0, 8))
      say?.(`round ${round}, ${tenant.organizationId}: ${line.slice(0, 300)}`);
    tally.repeatedCalls += Math.max(0, callsOf(index).length - expected.calls);
  }

  async function bookTrace({ what, isFound }: Trace): Promise<void> {
    const note = `a blow has hit when ${what}`;
    if (!tally.notes.includes(note)) tally.notes.push(note);
    tally.blows += 1;
    await until(what, () => isFound(ward), { ms: tracedWithinMs }).catch(() => {
      tally.idle += 1;
      say?.(`round ${round} was idle: not seen that ${what}`);
      tellWhatProcessesSaid(fleet, say);
    });
  }

  const ward: Ward = {
    fleet,
    tenants,
    tally,
    async settleIn() {
      await Promise.all(tenants.map((tenant) => tenant.due()));
      await Promise.all(tenants.map((tenant) => ended(fleet, tenant, 1)));
      for (const tenant of tenants) await tenant.quiet();
    },
    async playRounds(times, play) {
      const playOne = async (time: number): Promise<void> => {
        const idleBefore = tally.idle;
        await play(time);
        const isMissed = tally.lost + tally.double + tally.false > 0; // whatever comes after it
        if (tally.idle === idleBefore || isMissed || tally.again === sparesOf(times)) return;
        tally.idle = idleBefore;
        tally.again += 1;
        await playOne(time);
      };
      for (let time = 1; time <= times; time += 1) {
        await playOne(time);
        say?.(`${time} of ${times}`);
      }
    },
    async beginRound() {
      round += 1;
      await reference.after(round); // the moment of a blow is told from it, and must not pass meanwhile
      for (const { world } of tenants) change(world, round);
      marks = tenants.map(({ github }) => github.requests.length);
      saidBefore = new Map(fleet.processes.map((one) => [one, one.log.length]));
    },
    async due() {
      await fleet.superuser.query('UPDATE integration SET next_sync_at = now() WHERE id = ANY($1)', [
        tenants.map(({ integrationId }) => integrationId),
      ]);
    },
    calls,
    async underWay(share) {
      const wanted = Math.ceil((await reference.after(round)).calls * tenants.length * share);
      await ward.until('the round is under way', () => calls() >= wanted, { ms: 60_000, everyMs: 5 });
    },
    async endRound(blow) {
      const waited = await Promise.allSettled(tenants.map((tenant) => ended(fleet, tenant, round + 1)));
      if (waited.some(({ status }) => status === 'rejected')) tellWhatProcessesSaid(fleet, say);
      for (const [index, tenant] of tenants.entries()) {
        await book(tenant, index);
        if (blow?.at === undefined) continue;
        const goesOnAt = blow.overAt ?? (await takenUpAt(fleet, tenant, blow.at));
        const after = callsOf(index).flatMap(({ at }) => (goesOnAt !== null && at >= goesOnAt ? [at] : []));
        if (after.length > 0) tally.recoveriesMs.push(Math.min(...after) - blow.at);
      }
      if (blow !== undefined) await bookTrace(blow.trace);
    },
    async until(what, condition, options) {
      try {
        return await until(what, condition, options);
      } catch (error) {
        tellWhatProcessesSaid(fleet, say);
        throw error;
      }
    },
    told: (event) =>
      fleet.processes.some((one) =>
        one.log.slice(saidBefore.get(one) ?? 0).some((line) => line.includes(`"msg":"${event}"`)),
      ),
    async close() {
      clearInterval(forgetting);
      redis.disconnect();
      for (const { github } of tenants) await github.close();
      await fleet.close();
    },
  };
  return ward;
}

/** Equal worlds have one user, and the scenarios are not about his quota: it would only slow them down. */
export function forgetQuotas(redis: Redis): NodeJS.Timeout {
  const forget = async () => {
    const keys = await redis.keys('fleet:{quota:*');
    if (keys.length > 0) await redis.del(...keys);
  };
  const ignore = () => {}; // Redis is away, or full: the next turn finds them
  return setInterval(() => void (redis.status === 'ready' && forget().catch(ignore)), 300);
}

function tellWhatProcessesSaid({ processes }: Fleet, say: WardOptions['say']): void {
  for (const { name, log } of processes) for (const line of log.slice(-30)) say?.(`${name} said ${line.slice(0, 400)}`);
}

async function runsOf(fleet: Fleet, { integrationId }: GitHubTenant): Promise<{ ended: boolean }[]> {
  const { rows } = await fleet.superuser.query<{ ended: boolean }>(
    `SELECT finished_at IS NOT NULL AS ended FROM sync_run WHERE integration_id = $1 AND types = '{}'`,
    [integrationId],
  );
  return rows;
}

/** When a run of the tenant was claimed next. */
async function takenUpAt(fleet: Fleet, { integrationId }: GitHubTenant, since: number): Promise<number | null> {
  const { rows } = await fleet.superuser.query<{ at: Date | null }>(
    `SELECT min(a.claimed_at) AS at FROM sync_attempt a JOIN sync_run r ON r.organization_id = a.organization_id AND r.id = a.run_id
     WHERE r.integration_id = $1 AND r.types = '{}' AND a.claimed_at > $2`,
    [integrationId, new Date(since)],
  );
  return rows[0]?.at?.getTime() ?? null;
}

/** So many runs have ended, and none is left over. */
async function ended(fleet: Fleet, tenant: GitHubTenant, count: number): Promise<void> {
  const condition = async () => {
    const rows = await runsOf(fleet, tenant);
    return rows.length >= count && rows.every((row) => row.ended);
  };
  await until(`${count} runs of ${tenant.organizationId} have ended`, condition, { ms: endedWithinMs, everyMs: 50 });
}
