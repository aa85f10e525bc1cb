import { Checkpoint, type Gap, nullIf } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { Group } from './answers.ts';
import type { Okta, Query } from './client.ts';
import { silentlyPartial } from './view.ts';

interface Listing<S extends z.ZodType> {
  readonly path: string;
  readonly query?: Query;
  readonly item: S;
}

/** Every item of a listing as a row, with a checkpoint behind each page; a gap where the credential's role may hide some. */
export async function* rowsOf<S extends z.ZodType, R>(
  okta: Okta,
  { path, query = {}, item }: Listing<S>,
  resume: string | undefined,
  toRow: (item: z.output<S>) => R,
): AsyncGenerator<R | Gap | Checkpoint> {
  for await (const { items, token } of okta.pages(path, query, item, resume)) {
    yield* items.map(toRow);
    if (token !== undefined) yield new Checkpoint(token);
  }
  yield* silentlyPartial(okta);
}

/**
 * For `.catch(...)` of a probe: Okta's own "not found" is an answer to a credential that sees everything, and every other one was told
 * before any probe that it does not. The 404 of a gateway is none.
 */
export const nullIfGone = nullIf('not_found', /^E0000007 /);

/**
 * How many users are no leavers, by Okta's own count of the group that holds them all; null where it is not shown. To be asked before
 * users are listed. https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/#tag/Group/operation/listGroups
 */
export async function countUsers(okta: Okta): Promise<number | null> {
  const query = { filter: 'type eq "BUILT_IN"', expand: 'stats' };
  for await (const { profile, _embedded } of okta.list('/api/v1/groups', query, Group)) {
    if (profile.name === 'Everyone') return _embedded?.stats?.usersCount ?? null;
  }
  return null;
}
