import { createRandom } from '../github/random.ts';
import type { JiraWorld } from './world.ts';

/**
 * Moves every value that changes by itself (the last update of issues, the build of the site) and shuffles every list whose order means
 * nothing. No evidence changes by it.
 */
export function churnJiraWorld(world: JiraWorld, seed: number, now: Date): void {
  const random = createRandom(seed);
  const shuffle = (list: unknown[]) => list.sort(() => random.next() - 0.5);
  world.buildNumber += 1;
  for (const issue of world.issues) {
    issue.updatedAt = now.toISOString();
    shuffle(issue.labels);
  }
  for (const group of world.groups) shuffle(group.memberIds);
  for (const scheme of world.permissionSchemes) shuffle(scheme.grants);
  for (const project of world.projects) shuffle(project.roles);
  for (const list of [world.users, world.groups, world.projects, world.permissionSchemes]) shuffle(list);
}
