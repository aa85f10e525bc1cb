import { Gap, nullIf } from '@evidence-fleet/connector-sdk';
import { Membership } from './answers.ts';
import type { GitHub } from './client.ts';
import { currentUser } from './current-user.ts';

/** By client, that is by attempt, and by login of the organization. */
const asked = new WeakMap<GitHub, Map<string, Promise<boolean>>>();

/**
 * Whoever is no owner is shown a part of some listings, and nothing is said about it: then the whole slice is a gap. An App with the
 * permission is shown everything. Calls: 1 an attempt, all streams together.
 */
export async function* ownerOnly(github: GitHub, login: string, hidden: string): AsyncGenerator<Gap> {
  if (github.credential.isApp) return;
  const answers = asked.get(github) ?? new Map<string, Promise<boolean>>();
  asked.set(github, answers);
  const answer = answers.get(login) ?? isOwner(github, login);
  answers.set(login, answer);
  answer.catch(() => answers.delete(login)); // a failure is not remembered; the caller sees it below
  if (await answer) return;
  const detail = `Only an owner of the organization is shown ${hidden}: use the token of an owner, or a GitHub App.`;
  yield new Gap('*', 'permission_denied', detail);
}

async function isOwner(github: GitHub, login: string): Promise<boolean> {
  const user = await currentUser(github);
  const route = 'GET /orgs/{org}/memberships/{username}';
  const membership = await github
    .get(route, { org: login, username: user.login }, Membership)
    .catch(nullIf('not_found'))
    .catch(nullIf('permission_denied')); // not even told: a plain token of somebody who is no owner
  return membership?.state === 'active' && membership.role === 'admin';
}
