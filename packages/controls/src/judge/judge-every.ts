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
  const examined = test.examine({ ...row.material, ...row.observed });
  const resource = examined?.resource ?? row.key.join('/');
  const doubt = doubtOf(row, gap, slices);
  if (doubt) return { resource, ...doubt };
  return { resource, ...(examined?.answer ?? unknown('Stored by an earlier version of this evidence type.')) };
}

function doubtOf(row: JudgedRow, gap: OpenGap | null, slices: ReadonlySet<string>): Answer | null {
  if (gap) return unknown(gap.detail);
  if (row.isMissing) return unknown('The last complete reading did not show it, and nothing proves it gone.');
  if (!slices.has(row.slice)) return unknown(`${row.slice} is not read any more.`);
  return null;
}

function staleSlices(test: Test, freshnessHours: number, { slices, now }: JudgementInput): Finding[] {
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
