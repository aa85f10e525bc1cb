import { evidenceTypes } from '@evidence-fleet/connectors';
import { controlsFor } from '@evidence-fleet/controls';
import type { EvidenceVersion, ListedEvidence } from '@evidence-fleet/db';
import { type Json, unescapeJson } from '@evidence-fleet/engine';

/** A piece of evidence as users see it. */
export interface PresentedEvidence {
  readonly id: string;
  readonly title: string;
  readonly type: string;
  readonly source: {
    readonly connector: string;
    readonly integration: string;
    readonly integrationId: string;
    readonly account: string | null;
  };
  readonly key: Json;
  /** Every field the provider showed; as of a time without those of which only the latest value is kept. */
  readonly data: Json;
  readonly metadata: {
    readonly typeVersion: number;
    readonly slice: string;
    /** SHA-256 of the material fields' RFC 8785 JSON, hexadecimal. */
    readonly hash: string;
    readonly runId: string;
    readonly endReason: string | null;
  };
  /** When its stream last proved it. */
  readonly collectedAt: string;
  readonly validFrom: string;
  /** The end of this version; null while it stands. */
  readonly validTo: string | null;
  /** Until when it serves the strictest of its controls; null where it serves none. */
  readonly validUntil: string | null;
  readonly controls: readonly string[];
}

export function presentEvidence(evidence: ListedEvidence): PresentedEvidence {
  const controls = controlsFor([evidence.type]);
  const hours = Math.min(...controls.map(({ freshnessHours }) => freshnessHours));
  const fresh = new Date(evidence.collectedAt.getTime() + hours * 3_600_000);
  return {
    id: evidence.id,
    title: titleOf(evidence.type),
    type: evidence.type,
    source: sourceOf(evidence),
    key: unescapeJson(evidence.key),
    data: dataOf(evidence),
    metadata: {
      typeVersion: evidence.typeVersion,
      slice: evidence.slice,
      hash: Buffer.from(evidence.hash).toString('hex'),
      runId: evidence.fromRunId,
      endReason: evidence.endReason,
    },
    collectedAt: evidence.collectedAt.toISOString(),
    validFrom: evidence.validFrom.toISOString(),
    validTo: evidence.validTo?.toISOString() ?? null,
    validUntil: controls.length === 0 ? null : earlier(fresh, evidence.validTo).toISOString(),
    controls: controls.map(({ id }) => id),
  };
}

export function presentVersion(version: EvidenceVersion) {
  return {
    id: version.id,
    typeVersion: version.typeVersion,
    data: dataOf(version),
    hash: Buffer.from(version.hash).toString('hex'),
    validFrom: version.validFrom.toISOString(),
    fromRunId: version.fromRunId,
    validTo: version.validTo?.toISOString() ?? null,
    toRunId: version.toRunId,
    endReason: version.endReason,
  };
}

export function sourceOf({
  connector,
  integration,
  integrationId,
  account,
}: EvidenceVersion | ListedEvidence): PresentedEvidence['source'] {
  return { connector, integration, integrationId, account };
}

export function titleOf(type: string): string {
  return evidenceTypes.get(type)?.title ?? type;
}

/** The key as people write it. */
export function keyText(key: Json): string {
  return Array.isArray(key) ? key.map(String).join('/') : JSON.stringify(key);
}

function dataOf({ material, observed }: Pick<ListedEvidence, 'material' | 'observed'>): Json {
  return unescapeJson({ ...material, ...observed });
}

function earlier(one: Date, other: Date | null): Date {
  return other !== null && other < one ? other : one;
}
