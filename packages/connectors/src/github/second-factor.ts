import { Gap, nullIf } from '@evidence-fleet/connector-sdk';
import { User } from './answers.ts';
import type { GitHub, Parameters } from './client.ts';
import { shortOf } from './organizations.ts';

/**
 * The ids of the people in a list who have no second factor; null, with a gap, where GitHub does not tell this credential, or told less than
 * it counts: whoever is left out of this list would pass for somebody with one.
 * @param route e.g. `GET /orgs/{org}/members`
 */
export async function withoutSecondFactor(
  github: GitHub,
  { id, login }: { id: number; login: string },
  { route, who }: { readonly route: string; readonly who: string },
): Promise<{ without: Set<number> | null; gap: Gap | null }> {
  const query = { org: login, filter: '2fa_disabled' };
  const scope = `two-factor:${id}`;
  try {
    const total = await github.count(route, query);
    const without = await idsOf(github, route, query);
    const [gap] = shortOf(total, without.size, `${who} without a second factor`, scope);
    return gap === undefined ? { without, gap: null } : { without: null, gap };
  } catch (error) {
    nullIf('permission_denied')(error);
    const detail = 'Only an owner is told who has no second factor: use the token of an owner of the organization.';
    return { without: null, gap: new Gap(scope, 'permission_denied', detail) };
  }
}

export async function idsOf(github: GitHub, route: string, parameters: Parameters): Promise<Set<number>> {
  const ids = new Set<number>();
  for await (const { id } of github.list(route, parameters, User)) ids.add(id);
  return ids;
}
