import type { SliceProof } from './input.ts';

const hourMs = 3_600_000;

/** Until when what a slice showed proves anything; null where it was never read to its end. */
export function freshUntil({ provenAt }: Pick<SliceProof, 'provenAt'>, freshnessHours: number): Date | null {
  return provenAt && new Date(provenAt.getTime() + freshnessHours * hourMs);
}

function isFresh(proof: SliceProof, freshnessHours: number, now: Date): boolean {
  const until = freshUntil(proof, freshnessHours);
  return until !== null && until > now;
}

/** Fresh, and read to its end without a gap: what such a slice does not show is not there. */
export function isProven(proof: SliceProof, freshnessHours: number, now: Date): boolean {
  return proof.status === 'complete' && isFresh(proof, freshnessHours, now);
}

/** Why a slice proves nothing now, or null while it is fresh. Stays the same until it is read again. */
export function staleReason(proof: SliceProof, freshnessHours: number, now: Date): string | null {
  if (proof.provenAt === null) return 'Never read to its end.';
  if (isFresh(proof, freshnessHours, now)) return null;
  return `Last read to its end at ${proof.provenAt.toISOString()}, more than ${freshnessHours} hours ago.`;
}

/** What a person calls a slice of an evidence type. */
export function sliceTitle(type: string, slice: string): string {
  return slice === '' ? type : `${type} in ${slice}`;
}
