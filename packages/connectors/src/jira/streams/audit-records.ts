import { Checkpoint, Gap, stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { AuditRecords } from '../answers.ts';
import type { Jira } from '../client.ts';
import { auditRecord } from '../evidence.ts';
import { inUtc } from '../issue-search.ts';
import { permissions } from '../operations.ts';
import { nextPosition } from '../pages.ts';

/** A record may become visible later than younger ones; what is read twice for it costs little. */
const overlapMs = 15 * 60_000;

export const auditRecords = stream(
  auditRecord,
  {
    permissions: [permissions.administer],
    docs: [
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-audit-records/#api-rest-api-3-auditing-record-get',
    ],
    calls: { reads: [{ pagesOf: 'audit records', size: 1000 }] },
  },
  async function* (jira: Jira, { since, resume }) {
    const { from, to, ...before } = await openWindow(jira, since, resume);
    const seen = new Set<number>();
    let { shown } = before;
    // The window is closed, so that new records move no page.
    for (let offset: number | undefined = before.offset; offset !== undefined; ) {
      const at: number = offset;
      const asked = { from, to, offset: at, limit: 1000 };
      const { total, records } = await jira.ask((api) => api.auditRecords.getAuditRecords(asked), AuditRecords);
      const fresh = records.filter(({ id }) => seen.size < seen.add(id).size);
      yield* fresh.map(toRow);
      shown += fresh.length;
      offset = nextPosition(at + records.length, { from: at, total });
      if (offset !== undefined) yield new Checkpoint(`${from}|${to}|${offset}|${shown}`);
      else if (shown < total) {
        const detail = `Jira counts ${total} records and listed ${shown}: the list is incomplete.`;
        yield new Gap('*', 'incomplete', detail);
      }
    }
  },
);

async function openWindow(jira: Jira, since: string | undefined, resume: string | undefined) {
  const [from, to, offset, shown] = resume?.split('|') ?? [];
  if (from !== undefined && to !== undefined) return { from, to, offset: Number(offset), shown: Number(shown) };
  await jira.myself(); // so that the clock is Jira's
  const now = jira.clock();
  const horizonMs = now.getTime() - jira.settings.auditDays * 86_400_000;
  const fromMs = since === undefined ? horizonMs : Date.parse(since) - overlapMs;
  return { from: new Date(fromMs).toISOString(), to: now.toISOString(), offset: 0, shown: 0 };
}

type RecordAnswer = z.output<typeof AuditRecords>['records'][number];

function toRow(one: RecordAnswer): z.input<typeof auditRecord.schema> {
  return {
    recordId: one.id,
    created: inUtc(one.created),
    category: one.category ?? null,
    eventSource: one.eventSource || null,
    summary: one.summary ?? null,
    authorId: one.authorAccountId ?? one.authorKey ?? null,
    remoteAddress: one.remoteAddress ?? null,
    objectType: one.objectItem?.typeName ?? null,
    objectId: one.objectItem?.id ?? null,
    changedFields: (one.changedValues ?? []).flatMap(({ fieldName }) => fieldName ?? []),
  };
}
