import { createHash } from 'node:crypto';
import { type Answer, fail, unknown } from '../answer.ts';
import type { Test } from '../quantifiers.ts';
import { isProven, sliceTitle, staleReason } from './freshness.ts';
import type { Finding, JudgementInput } from './input.ts';
import { joinBySha } from './join.ts';
import { judgeRow } from './judge-every.ts';

/**
 * One finding: the first witness in the order of keys, under its own SHA, or one for the account, under the SHA of the type.
 * A witness counts only where its slice was read completely: after a partial pass nobody knows whether it is still there.
 */
export async function* judgeSome(test: Test, freshnessHours: number, input: JudgementInput): AsyncGenerator<Finding> {
  const { now } = input;
  const slices = new Set(input.slices.map(({ slice }) => slice));
  const proven = new Set(input.slices.filter((one) => isProven(one, freshnessHours, now)).map(({ slice }) => slice));
  let doubt: string | null = null;
  const joined = joinBySha(
    input.rows,
    (row) => row.keySha,
    input.gaps,
    (gap) => gap.resourceSha,
  );
  for await (const { sha, left: row, right: gap } of joined) {
    if (row) {
      const judged = judgeRow(test, row, gap, slices);
      if (judged.status === 'pass' && proven.has(row.slice)) {
        yield { resourceSha: sha, ...judged };
        return;
      }
      if (judged.status === 'unknown') doubt ??= `${judged.resource}: ${judged.reason}`;
    } else if (gap) doubt ??= `${gap.scope}: ${gap.detail}`;
  }
  const answer = withoutWitness(test, doubt ?? unreadSlice(test, freshnessHours, input));
  const resourceSha = createHash('sha256').update(`account\u001f${test.evidence}`).digest();
  yield { resourceSha, resource: input.account, ...answer };
}

function withoutWitness(test: Test, doubt: string | null): Answer {
  if (doubt === null) return fail(test.otherwise);
  return unknown(`Nothing that was read is enough, and not everything was read. ${doubt}`);
}

function unreadSlice(test: Test, freshnessHours: number, { slices, now }: JudgementInput): string | null {
  if (slices.length === 0) return `${test.evidence}: Never read to its end.`;
  const unread = slices.find((proof) => !isProven(proof, freshnessHours, now));
  if (!unread) return null;
  const reason = staleReason(unread, freshnessHours, now) ?? 'Its last reading was not complete.';
  return `${sliceTitle(test.evidence, unread.slice)}: ${reason}`;
}
