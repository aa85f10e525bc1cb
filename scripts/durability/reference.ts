import { startFleet } from '@evidence-fleet/testbed';
import { Redis } from 'ioredis';
import { createGitHubTenant, hasEnded } from '../../apps/worker/src/testing/github-tenant.ts';
import { ledgerState } from '../../apps/worker/src/testing/ledger-state.ts';
import { forgetQuotas } from './ward.ts';
import { change, size } from './world.ts';

/** What the ledger of an undisturbed tenant says after each round, and what its run cost. */
export interface Reference {
  after(round: number): Promise<{ readonly state: string[]; readonly calls: number }>;
}

/** Plays the rounds once, with nothing in their way. */
export async function playUndisturbed(rounds: number): Promise<Reference> {
  const fleet = await startFleet();
  const redis = new Redis(fleet.redisUrl);
  const forgetting = forgetQuotas(redis);
  const played: { state: string[]; calls: number }[] = [];
  try {
    const tenant = await createGitHubTenant(fleet, 'undisturbed', { size });
    await Promise.all([fleet.start('worker', { QUOTA_SHARE: '1' }), fleet.start('scheduler', { TICK_MS: '100' })]);
    let last = '';
    for (let round = 0; round <= rounds; round += 1) {
      if (round > 0) change(tenant.world, round);
      const before = tenant.github.requests.length;
      await tenant.due();
      const run = await tenant.run('ends', (one) => one.id !== last && hasEnded(one));
      last = run.id;
      await tenant.quiet();
      const state = await ledgerState(fleet.superuser, tenant.organizationId);
      played.push({ state, calls: tenant.github.requests.length - before });
    }
    await tenant.github.close();
  } finally {
    clearInterval(forgetting);
    redis.disconnect();
    await fleet.close();
  }
  return {
    async after(round) {
      const found = played[round];
      if (found === undefined) throw new Error(`round ${round} was not played`);
      return found;
    },
  };
}
