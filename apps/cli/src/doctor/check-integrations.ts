import { connectors } from '@evidence-fleet/connectors';
import {
  type Database,
  type IntegrationCondition,
  type Organization,
  readIntegrationConditions,
} from '@evidence-fleet/db';
import { durationOf, timeOf } from '../output.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** More are not looked at one by one: `fleet status` finds those that fail among any number. */
const most = 1_000;
/** Health checks are made every 5 minutes unless told otherwise. */
const overdueMs = 30 * 60_000;

/** One check for the scheduler as far as it shows, and one for each integration. */
export async function* checkIntegrations(database: Database, organization: Organization): AsyncGenerator<Check> {
  const found = await readIntegrationConditions(database, { organizationId: organization.id, limit: most + 1 });
  if (found.length === 0) {
    const todo = `Add one: fleet --org ${organization.slug} integrations add github`;
    yield warn('integrations', `${organization.slug} has none`, todo);
    return;
  }
  yield aboutScheduler(found);
  for (const one of found.slice(0, most)) yield aboutIntegration(one);
  if (found.length > most)
    yield warn('integrations', `only the first ${most} were looked at`, 'See `fleet status` for those that fail.');
}

function aboutScheduler(found: readonly IntegrationCondition[]): Check {
  const longestMs = Math.max(...found.map(({ healthOverdueMs }) => healthOverdueMs));
  if (longestMs < overdueMs) return ok('scheduler', 'no health check is overdue');
  const todo = 'Start a scheduler and workers, or more workers; their logs and /ready say what keeps them.';
  return warn('scheduler', `a health check has been due for ${durationOf(longestMs)}`, todo);
}

/** The worst that is known of it, and what to do about that. */
function aboutIntegration(one: IntegrationCondition): Check {
  const name = `integration ${one.name}`;
  const { status, statusReason, quarantinedRunId, breakerUntil } = one;
  const reason = statusReason === null ? '' : `: ${statusReason}`;
  if (!connectors.has(one.connector))
    return fail(
      name,
      `this release has no connector "${one.connector}"`,
      'Use the release that added it, or remove it.',
    );
  if (!one.hasCredential)
    return fail(
      name,
      'its credential is not stored',
      `Remove it and add it again: fleet integrations remove ${quoted(one.name)} --yes`,
    );
  if (quarantinedRunId !== null) {
    const todo = `Read in the workers' logs why, mend it, then: fleet runs redrive ${quarantinedRunId}`;
    return fail(name, `quarantined, because run ${quarantinedRunId} ended its workers`, todo);
  }
  if (status === 'error') {
    const todo = `Do what the sentence says, then: fleet integrations test ${quoted(one.name)}`;
    return fail(name, `error since ${timeOf(one.healthSince) ?? 'its first check'}${reason}`, todo);
  }
  if (status === 'degraded') {
    const todo =
      'Nothing but patience: it is tried again by itself. Where it lasts, look at the status page of the provider.';
    return warn(name, `degraded since ${timeOf(one.healthSince) ?? 'its first check'}${reason}`, todo);
  }
  if (status === 'paused' || status === 'disabled')
    return warn(name, `${status}; its evidence ages`, `Let it go on: fleet integrations resume ${quoted(one.name)}`);
  if (breakerUntil !== null)
    return warn(
      name,
      `its last syncs failed: ${one.failingReason ?? 'its provider is in trouble.'}`,
      `The next trial is at ${timeOf(breakerUntil)}; it needs nobody.`,
    );
  if (one.forgetsAt !== null && one.forgetsAt.getTime() - Date.now() < soonMs)
    return warn(
      name,
      `its source forgets ${one.forgetsType} that was not read, from ${timeOf(one.forgetsAt)} on`,
      `Mend what keeps it from syncing, then: fleet sync ${quoted(one.name)}`,
    );
  if (status === 'pending')
    return warn(name, 'was never checked', `Ask the provider: fleet integrations test ${quoted(one.name)}`);
  return ok(
    name,
    `${one.connector}, ${status}${one.health === null ? '' : `, ${one.health} since ${timeOf(one.healthSince)}`}`,
  );
}

const soonMs = 7 * 24 * 3_600_000;

/** Names may hold spaces. */
function quoted(name: string): string {
  return name.includes(' ') ? `"${name}"` : name;
}
