import { Checkpoint, Expected, each, type StreamContext } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import type { GitHub, Parameters } from '../client.ts';
import { organizationOf, silentlyPartial } from '../organizations.ts';

interface Alerts<S extends z.ZodType, R> {
  readonly route: string;
  readonly parameters?: Parameters;
  readonly item: S;
  toRow(orgId: number, alert: z.output<S>): R;
}

/** Alerts of all repositories of an organization, the oldest first, so that a new one shifts no page. */
export async function* alertsOf<S extends z.ZodType, R>(
  github: GitHub,
  { slice, resume }: Pick<StreamContext, 'slice' | 'resume'>,
  { route, parameters, item, toRow }: Alerts<S, R>,
) {
  const { id: orgId, login } = await organizationOf(github, slice);
  const query = { org: login, sort: 'created', direction: 'asc', ...parameters };
  // An organization that does not tell its alerts has a gap, and never "nothing found".
  yield* each(
    [query],
    () => ({ scope: '*' }),
    async function* () {
      const total = await github.count(route, query);
      if (total !== null) yield new Expected(total);
      for await (const page of github.pages(route, query, item, resume)) {
        yield* page.items.map((alert) => toRow(orgId, alert));
        yield* silentlyPartial(github, 'repositories');
        yield new Checkpoint(page.token);
      }
    },
  );
}
