import { hostname } from 'node:os';
import {
  createHold,
  type Fleet,
  type FleetProcess,
  type GitHubWorld,
  type Hold,
  startFleet,
} from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Barrier, installBarriers, type Moment, raiseBarrier } from './testing/barriers.ts';
import { createGitHubTenant, type GitHubTenant, hasEnded } from './testing/github-tenant.ts';
import { ledgerState } from './testing/ledger-state.ts';

/** The phases in which the worker is killed: inside one of its transactions, or while the provider owes it an answer. */
const moments = {
  'the claim, before it is answered': 'claiming',
  'a batch commit': 'committing a batch',
  'a stream close': 'closing a stream',
  judging: 'judging',
} as const satisfies Record<string, Moment>;
const names = [
  ...(Object.keys(moments) as (keyof typeof moments)[]),
  'the claim, before the first answer',
  'the middle of a page',
] as const;
type Phase = (typeof names)[number];

/** Small enough for all tenants to live on the quota of their one user. */
const size = {
  ...{ seed: 3, repositories: 4, members: 30, pullRequests: 6, alerts: 250, denied: 0, now: new Date() },
  ...{ teams: 1, webhooks: 1, workflowRuns: 3, commits: 3 },
};
const survivorCallsWithinMs = 15_000;

describe('a worker is killed', () => {
  let fleet: Fleet;
  let victim: FleetProcess;
  let undisturbed: GitHubTenant;
  let killedAt: number;
  const tenants = new Map<Phase, GitHubTenant>();
  const recoveredAfterMs: Record<string, number> = {};

  const tenantIn = (phase: Phase) => tenants.get(phase) as GitHubTenant; // made in beforeAll
  const everyTenant = () => [undisturbed, ...tenants.values()];

  beforeAll(async () => {
    fleet = await startFleet();
    await installBarriers(fleet.superuser);
    undisturbed = await createGitHubTenant(fleet, 'undisturbed', { size });
    for (const phase of names)
      tenants.set(phase, await createGitHubTenant(fleet, phase.replaceAll(/\W+/g, '-'), { size }));
    [victim] = await Promise.all([
      fleet.start('worker', { QUOTA_SHARE: '1' }),
      fleet.start('scheduler', { TICK_MS: '200' }),
    ]);
    await Promise.all(everyTenant().map((tenant) => tenant.due()));
    await Promise.all(everyTenant().map((tenant) => tenant.run('ends', hasEnded)));
    await Promise.all(everyTenant().map((tenant) => tenant.quiet()));
    for (const { world } of everyTenant()) change(world);

    // Every run is held up at its first call until the survivor is there; then each goes on to where its worker is killed.
    const barriers = await raiseBarriers();
    const starts = new Map(names.map((phase) => [phase, holdAnswer(phase, /^\/user$/)]));
    await Promise.all(everyTenant().map((tenant) => tenant.due()));
    await Promise.all(
      [...starts].flatMap(([phase, start]) => (phase === 'the claim, before it is answered' ? [] : start.reached)),
    );
    await Promise.all([fleet.start('worker', { QUOTA_SHARE: '1' }), undisturbed.run('ends', hasEnded)]);
    const midPage = holdAnswer('the middle of a page', /dependabot\/alerts.*[?&]after=/);
    starts.get('the middle of a page')?.release();
    await midPage.reached;
    // Last, because a transaction that waits at a barrier holds up the heartbeat of its run as well.
    for (const phase of barriers.keys()) starts.get(phase)?.release();
    await Promise.all([...barriers.values()].map((barrier) => barrier.reached()));

    killedAt = Date.now();
    victim.kill('SIGKILL');
    await victim.ended;
    for (const barrier of barriers.values()) await barrier.lower();
    for (const hold of [...starts.values(), midPage]) hold.release();
  }, 90_000);

  afterAll(async () => {
    const table = Object.entries(recoveredAfterMs).map(([phase, ms]) => `  ${String(ms).padStart(6)} ms  ${phase}`);
    process.stdout.write(`From the kill to the survivor's first provider call:\n${table.join('\n')}\n`);
    for (const { github } of [undisturbed, ...tenants.values()].filter(Boolean)) await github.close();
    await fleet?.close();
  }, 30_000);

  function holdAnswer(phase: Phase, match: RegExp): Hold {
    const hold = createHold();
    tenantIn(phase).github.faults.add({ ...hold.fault, match, times: Number.POSITIVE_INFINITY });
    return hold;
  }

  async function raiseBarriers(): Promise<Map<Phase, Barrier>> {
    const raised = new Map<Phase, Barrier>();
    for (const [phase, moment] of Object.entries(moments) as [keyof typeof moments, Moment][])
      raised.set(phase, await raiseBarrier(fleet.superuser, moment, tenantIn(phase).organizationId));
    return raised;
  }

  it.each(names)('in %s: the survivor calls the provider within 15 s', async (phase) => {
    const tenant = tenantIn(phase);
    await tenant.run('ends', hasEnded);
    const calls = tenant.github.requests.map(({ at }) => at).filter((at) => at > killedAt);
    recoveredAfterMs[phase] = Math.min(...calls) - killedAt;
    expect(recoveredAfterMs[phase]).toBeLessThan(survivorCallsWithinMs);
  });

  it.each(names)('in %s: versions, gaps, heads and findings are those of an undisturbed run', async (phase) => {
    const tenant = tenantIn(phase);
    await tenant.run('ends', hasEnded);
    const expected = await ledgerState(fleet.superuser, undisturbed.organizationId);
    expect(expected.some((line) => line.startsWith('gap'))).toBe(true);
    expect(await ledgerState(fleet.superuser, tenant.organizationId)).toEqual(expected);
  });

  it.each(names)('in %s: the crash costs no attempt, and the run is claimed until it is done', async (phase) => {
    const run = await tenantIn(phase).run('ends', hasEnded);
    expect(run.attempts).toBe(0);
    const own = (await tenantIn(phase).attempts()).filter(({ run_id }) => run_id === run.id);
    // On a busy machine a store may seem to be away: a wait that costs no attempt either.
    const ends = own.map(({ ended_as }) => ended_as).filter((end) => end !== 'snooze');
    expect(ends).toEqual([...ends.slice(1).map(() => 'crash'), 'done']);
    const claimedByVictim = own.some(({ worker }) => worker === `${hostname()}-${victim.pid}`);
    // A claim that the server has in hand counts, whether there is anybody left to hear of it or not.
    if (phase !== 'the claim, before it is answered') expect(claimedByVictim).toBe(true);
  });
});

/** One version superseded, one resource gone, one new, one refused: what a second pass has to get right. */
function change({ organizations: [organization] }: GitHubWorld): void {
  if (organization === undefined) throw new Error('the world has no organization');
  const [first, second, third, fourth] = organization.repositories;
  if (first === undefined || second === undefined || third === undefined || fourth === undefined)
    throw new Error('the world is too small');
  first.visibility = first.visibility === 'private' ? 'internal' : 'private';
  second.protection = null;
  second.rulesets = [];
  third.denied.protection = 403;
  fourth.alerts.pop();
  organization.members.pop();
}
