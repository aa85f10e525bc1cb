import { createRandom } from '../github/random.ts';
import type { OktaWorld } from './world.ts';

/**
 * Moves every value that changes by itself (last logins, times of update, a token's end) and shuffles every list whose order means
 * nothing. No evidence changes by it.
 */
export function churnOktaWorld(world: OktaWorld, seed: number, now: Date): void {
  const random = createRandom(seed);
  const instant = now.toISOString();
  const shuffle = (list: unknown[]) => list.sort(() => random.next() - 0.5);
  for (const user of world.users) {
    user.updatedAt = instant;
    if (user.lastLoginAt !== null) user.lastLoginAt = instant;
    shuffle(user.factors);
  }
  for (const token of world.tokens) Object.assign(token, { updatedAt: instant, expiresAt: instant });
  for (const group of world.groups) {
    group.updatedAt = instant;
    shuffle(group.memberIds);
  }
  for (const app of world.apps) {
    app.updatedAt = instant;
    shuffle(app.features);
    shuffle(app.assignments);
  }
  for (const policy of world.policies) {
    policy.updatedAt = instant;
    shuffle(policy.groupIds);
    shuffle(policy.enroll);
  }
  for (const authenticator of world.authenticators) authenticator.updatedAt = instant;
  for (const zone of world.zones) {
    zone.updatedAt = instant;
    shuffle(zone.gateways);
  }
  for (const list of [world.users, world.groups, world.apps, world.policies, world.authenticators, world.zones]) {
    shuffle(list);
  }
}
