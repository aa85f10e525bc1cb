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

/** Where a run stands when its worker is killed: at a moment in the database, or while the provider still owes an answer. */
const phases = {
  'the claim, before it counts': { moment: 'claiming' },
  'the claim, before the first answer': { answer: /^\/user$/ },
  'the middle of a page': { answer: /dependabot\/alerts.*[?&]after=/ },
  'a batch commit': { moment: 'committing a batch' },
  'a stream close': { moment: 'closing a stream' },
  judging: { moment: 'judging' },
} as const satisfies Record<string, { moment: Moment } | { answer: RegExp }>;
type Phase = keyof typeof phases;
const names = Object.keys(phases) as Phase[];

const size = { seed: 3, repositories: 12, members: 30, pullRequests: 10, alerts: 250, denied: 0, now: new Date() };
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
    for (const { world } of everyTenant()) change(world);

    // Every run is held up at its first call until the survivor is there; then each goes on to where its worker is killed.
    const barriers = await raiseBarriers();
    const starts = names.map((phase) => holdAnswer(phase, /^\/user$/));
    await Promise.all(everyTenant().map((tenant) => tenant.due()));
    await Promise.all(starts.map((start, index) => (names[index] === names[0] ? undefined : start.reached)));
    await fleet.start('worker', { QUOTA_SHARE: '1' });
    const answers = names.flatMap((phase) => {
      const at = phases[phase];
      return 'answer' in at && phase !== names[1] ? [holdAnswer(phase, at.answer)] : [];
    });
    for (const [index, start] of starts.entries()) if (index !== 1) start.release();
    await Promise.all([
      ...[...barriers.values()].map((barrier) => barrier.reached()),
      ...answers.map((answer) => answer.reached),
      undisturbed.run('ends', hasEnded),
    ]);

    killedAt = Date.now();
    victim.kill('SIGKILL');
    await victim.ended;
    for (const barrier of barriers.values()) await barrier.lower();
    for (const hold of [...starts, ...answers]) hold.release();
  }, 90_000);

  afterAll(async () => {
    const table = Object.entries(recoveredAfterMs).map(([phase, ms]) => `  ${String(ms).padStart(6)} ms  ${phase}`);
    process.stdout.write(`From the kill to the survivor's first provider call:\n${table.join('\n')}\n`);
    for (const { github } of everyTenant()) await github.close();
    await fleet.close();
  }, 30_000);

  function holdAnswer(phase: Phase, match: RegExp): Hold {
    const hold = createHold();
    tenantIn(phase).github.faults.add({ ...hold.fault, match, times: Number.POSITIVE_INFINITY });
    return hold;
  }

  async function raiseBarriers(): Promise<Map<Phase, Barrier>> {
    const raised = new Map<Phase, Barrier>();
    for (const phase of names) {
      const at = phases[phase];
      if ('moment' in at)
        raised.set(phase, await raiseBarrier(fleet.superuser, at.moment, tenantIn(phase).organizationId));
    }
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

  it.each(names)('in %s: the crash costs no attempt and the run is claimed once more', async (phase) => {
    const run = await tenantIn(phase).run('ends', hasEnded);
    expect(run.attempts).toBe(0);
    const [, ...second] = await tenantIn(phase).attempts();
    const byVictim = { worker: `${hostname()}-${victim.pid}`, ended_as: 'crash' };
    expect(second).toMatchObject([...(phase === names[0] ? [] : [byVictim]), { ended_as: 'done' }]);
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
