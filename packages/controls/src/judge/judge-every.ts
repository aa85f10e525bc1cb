import { createHash } from 'node:crypto';
import { type Answer, unknown } from '../answer.ts';
import type { Test } from '../quantifiers.ts';
import { sliceTitle, staleReason } from './freshness.ts';
import type { Finding, JudgedRow, JudgementInput, OpenGap } from './input.ts';
import { joinBySha } from './join.ts';

/** One finding a resource, one a gap that is no resource, and one a slice that is stale or was never read. */
export async function* judgeEvery(test: Test, freshnessHours: number, input: JudgementInput): AsyncGenerator<Finding> {
  const slices = new Set(input.slices.map(({ slice }) => slice));
  const waiting = staleSlices(test, freshnessHours, input);
  const joined = joinBySha(
    input.rows,
    (row) => row.keySha,
    input.gaps,
    (gap) => gap.resourceSha,
  );
  for await (const { sha, left: row, right: gap } of joined) {
    yield* waiting.splice(0, waiting.filter((stale) => Buffer.compare(stale.resourceSha, sha) < 0).length);
    if (row) yield { resourceSha: sha, ...judgeRow(test, row, gap, slices) };
    else if (gap) yield { resourceSha: sha, resource: gap.scope, ...unknown(gap.detail) };
  }
  yield* waiting;
}

/** What one row says, unless something else says that the row may not be believed. */
export function judgeRow(
  test: Test,
  row: JudgedRow,
  gap: OpenGap | null,
  slices: ReadonlySet<string>,
): Pick<Finding, 'resource' | 'status' | 'reason'> {
  const { resource, answer } = test.examine(row.material);
  return { resource: resource ?? row.key.join('/'), ...(doubtOf(row, gap, slices) ?? answer) };
}

/** Why a row may not be believed that no gap is about. The name of its slice goes before the second sentence. */
export const doubts = {
  missing: 'The last complete reading did not show it, and nothing proves it gone.',
  notRead: ' is not read any more.',
} as const;

function doubtOf(row: JudgedRow, gap: OpenGap | null, slices: ReadonlySet<string>): Answer | null {
  if (gap) return unknown(gap.detail);
  if (row.isMissing) return unknown(doubts.missing);
  if (!slices.has(row.slice)) return unknown(`${row.slice}${doubts.notRead}`);
  return null;
}

/** What is to be said of the slices that prove nothing now, in the order of their SHA: one finding each, none where all is fresh. */
export function staleSlices(
  test: Pick<Test, 'evidence'>,
  freshnessHours: number,
  { slices, now }: Pick<JudgementInput, 'slices' | 'now'>,
): Finding[] {
  const needed = slices.length > 0 ? slices : [{ slice: '', status: null, provenAt: null }];
  const findings: Finding[] = [];
  for (const proof of needed) {
    const reason = staleReason(proof, freshnessHours, now);
    if (reason === null) continue;
    const resourceSha = createHash('sha256').update(`slice\u001f${test.evidence}\u001f${proof.slice}`).digest();
    findings.push({ resourceSha, resource: sliceTitle(test.evidence, proof.slice), ...unknown(reason) });
  }
  return findings.sort((one, other) => Buffer.compare(one.resourceSha, other.resourceSha));
}
