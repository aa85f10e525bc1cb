import { Checkpoint, stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { LogEvent, Organization } from '../answers.ts';
import type { Okta } from '../client.ts';
import { logEvent } from '../evidence.ts';
import { silentlyPartial } from '../view.ts';

/** An event may become visible later than younger ones; what is read twice for it costs little. */
const overlapMs = 5 * 60_000;

export const logEvents = stream(
  logEvent,
  {
    permissions: ['okta.logs.read', 'okta.orgs.read', 'okta.roles.read'],
    docs: [
      'https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/#tag/SystemLog/operation/listLogEvents',
    ],
    calls: {
      reads: [{ pagesOf: 'events', size: 1000 }],
      proves: [1],
    },
  },
  async function* (okta: Okta, { since, resume }) {
    await okta.get('/api/v1/org', Organization); // so that the clock is Okta's
    // A query without an end is one for polling: its pages never end.
    const until = okta.clock();
    const horizonMs = until.getTime() - okta.logDays * 86_400_000;
    const from = new Date(since === undefined ? horizonMs : Date.parse(since) - overlapMs);
    const query = { since: from.toISOString(), until: until.toISOString(), sortOrder: 'ASCENDING', limit: 1000 };
    for await (const { items, token } of okta.pages('/api/v1/logs', query, LogEvent, resume)) {
      yield* items.map(toRow);
      if (token !== undefined) yield new Checkpoint(token); // it holds the window of the pass
    }
    yield* silentlyPartial(okta);
  },
);

function toRow(one: z.output<typeof LogEvent>): z.input<typeof logEvent.schema> {
  return {
    uuid: one.uuid,
    published: inMilliseconds(one.published),
    eventType: one.eventType,
    severity: one.severity,
    message: one.displayMessage ?? null,
    actorId: one.actor?.id ?? null,
    actorType: one.actor?.type ?? null,
    ipAddress: one.client?.ipAddress ?? null,
    result: one.outcome?.result ?? null,
    reason: one.outcome?.reason ?? null,
    targets: one.target?.map(({ type, id }) => ({ type, id: id ?? null })) ?? [],
  };
}

/** A text that is no time is left to the row's schema, which makes a gap of it. */
function inMilliseconds(time: string): string {
  const at = Date.parse(time);
  return Number.isNaN(at) ? time : new Date(at).toISOString();
}
