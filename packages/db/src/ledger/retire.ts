import type { Transaction } from '../database.ts';
import { missingHeads, type Tally } from './absence.ts';
import { recordGaps } from './record-gaps.ts';
import type { PreparedGap, StreamContext } from './types.ts';

/** More single gaps than this for unproven absences are told as one. */
const singleGaps = 100;

interface Held {
  key_sha: Uint8Array;
  label: string;
  same_sight: boolean;
}

/**
 * A complete listing did not show some current keys. Retired are those that a probe proved gone, or that a second complete pass misses
 * too, provided account, grants and settings scope are those of the pass that last saw them; and those whose gap a person confirmed.
 * The others stay, held under a gap.
 * @returns how many were retired
 */
export async function retireMissing(
  transaction: Transaction,
  stream: StreamContext,
  counts: Tally,
  gone: readonly Uint8Array[],
): Promise<number> {
  await noteMissing(transaction, stream);
  const confirmed = await confirmedGaps(transaction, stream);
  if (counts.mass && !confirmed.all) {
    await recordGaps(transaction, stream, [massAbsence(counts)]);
    return 0;
  }
  const retired = await retire(transaction, stream, gone, confirmed);
  await holdRest(transaction, stream);
  return retired;
}

/**
 * A first miss also notes the sight of the pass that last showed the key: of the latest one that listed everything, which would have missed it
 * otherwise, unless the version came later; then of the one that wrote it. What any other pass has shown is not known.
 */
async function noteMissing(transaction: Transaction, stream: StreamContext): Promise<void> {
  await transaction.$executeRaw`
    WITH ${missingHeads(stream)}, latest AS (
      SELECT visibility, run_id, opened_at FROM stream_run
      WHERE organization_id = ${stream.organizationId}::uuid AND integration_id = ${stream.integrationId}::uuid
        AND type = ${stream.type} AND slice = ${stream.slice} AND id <> ${stream.streamRunId}::uuid AND (listed_all OR status = 'complete')
      ORDER BY opened_at DESC LIMIT 1
    )
    UPDATE evidence_head h
    SET missing_passes = h.missing_passes + 1, missing_since = coalesce(h.missing_since, now()),
      seen_visibility = coalesce(h.seen_visibility, (
        SELECT coalesce(
          (SELECT visibility FROM latest WHERE latest.opened_at >= e.valid_from OR latest.run_id = e.from_run_id),
          (SELECT r.visibility FROM stream_run r
           WHERE r.organization_id = e.organization_id AND r.run_id = e.from_run_id AND r.type = e.type AND r.slice = e.slice)
        )
        FROM evidence e WHERE e.organization_id = h.organization_id AND e.id = h.version_id
      ))
    FROM missing m
    WHERE h.organization_id = m.organization_id AND h.integration_id = m.integration_id AND h.type = m.type AND h.key_sha = m.key_sha`;
}

interface Confirmed {
  /** The one gap over all missing keys of the slice was confirmed. */
  readonly all: boolean;
  readonly keys: readonly Uint8Array[];
}

async function confirmedGaps(transaction: Transaction, stream: StreamContext): Promise<Confirmed> {
  const rows = await transaction.$queryRaw<{ key_sha: Uint8Array | null }[]>`
    SELECT key_sha FROM gap
    WHERE organization_id = ${stream.organizationId}::uuid AND integration_id = ${stream.integrationId}::uuid
      AND type = ${stream.type} AND slice = ${stream.slice} AND closed_at IS NULL AND confirmed_at IS NOT NULL
      AND reason IN ('mass_absence', 'scope_changed', 'absence_unproven')`;
  return {
    all: rows.some(({ key_sha }) => key_sha === null),
    keys: rows.flatMap(({ key_sha }) => (key_sha === null ? [] : [key_sha])),
  };
}

async function retire(
  transaction: Transaction,
  stream: StreamContext,
  gone: readonly Uint8Array[],
  confirmed: Confirmed,
): Promise<number> {
  return transaction.$executeRaw`
    WITH ${missingHeads(stream)}, judged AS (
      SELECT m.*, m.key_sha = ANY(${gone}::bytea[]) AS gone FROM missing m
    ), retired AS (
      SELECT * FROM judged
      WHERE (seen_visibility = ${stream.visibility} AND (gone OR missing_passes >= 2))
        OR ${confirmed.all} OR key_sha = ANY(${confirmed.keys}::bytea[])
    ), removed AS (
      DELETE FROM evidence_head h USING retired r
      WHERE h.organization_id = r.organization_id AND h.integration_id = r.integration_id AND h.type = r.type AND h.key_sha = r.key_sha
    )
    UPDATE evidence e SET valid_to = now(), to_run_id = ${stream.runId}::uuid,
      end_reason = CASE WHEN r.gone THEN 'deleted' ELSE 'no_longer_visible' END
    FROM retired r
    WHERE e.organization_id = r.organization_id AND e.id = r.version_id`;
}

async function holdRest(transaction: Transaction, stream: StreamContext): Promise<void> {
  const held = await transaction.$queryRaw<Held[]>`
    WITH ${missingHeads(stream)}
    SELECT m.key_sha, e.key::text AS label, m.seen_visibility IS NOT DISTINCT FROM ${stream.visibility} AS same_sight FROM missing m
    JOIN evidence e ON e.organization_id = m.organization_id AND e.id = m.version_id
    ORDER BY m.key_sha`;
  const gaps = (['absence_unproven', 'scope_changed'] as const).flatMap((reason) => {
    const rows = held.filter(({ same_sight }) => same_sight === (reason === 'absence_unproven'));
    return rows.length <= singleGaps ? rows.map((row) => heldGap(reason, row)) : [heldTogether(reason, rows.length)];
  });
  await recordGaps(transaction, stream, gaps);
}

const sentences = {
  absence_unproven: 'not listed any more, and not yet proven gone; the next complete pass decides',
  scope_changed:
    'not listed any more, but account, grants or settings differ from those of the run that last saw it; restore them, or confirm the absence with `fleet gaps confirm`',
};

function heldGap(reason: keyof typeof sentences, { key_sha, label }: Held): PreparedGap {
  return { scope: `key:${label}`, reason, detail: sentences[reason], keySha: key_sha };
}

function heldTogether(reason: keyof typeof sentences, count: number): PreparedGap {
  return { scope: '*', reason, detail: `${count} resources: ${sentences[reason]}`, keySha: null };
}

function massAbsence({ missing, baseline }: Tally): PreparedGap {
  return {
    scope: '*',
    reason: 'mass_absence',
    detail: `${missing} of ${baseline} resources are not listed any more; nothing is retired until they are back or a person confirms with \`fleet gaps confirm\``,
    keySha: null,
  };
}
