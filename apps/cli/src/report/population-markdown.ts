import { timeOf } from '../output.ts';
import type { FindingReport, GapReport, PopulationReport } from './population.ts';
import { cell, table, tableHead, tableRow } from './table.ts';

/** @param howToSee what to run to see more, by the total */
export async function* populationMarkdown(
  population: PopulationReport,
  howToSee: (total: number) => string,
): AsyncGenerator<string> {
  const { integration, type, title, mode, resources, runs } = population;
  const account = integration.account === null ? '' : `, ${cell(integration.account)}`;
  yield `### \`${type}\` of ${cell(integration.name)}\n\n`;
  yield `${cell(title)}, read by the ${integration.connector} connector (${mode}${account}). `;
  yield `${resources} resource${resources === 1 ? '' : 's'} at the end of the period; ${runs} run${runs === 1 ? '' : 's'} read it. ${lifeOf(population)}\n\n`;
  yield* readings(population);
  const { gapCount, failing, unknown } = population;
  yield* rows(`Gaps: ${gapCount}`, gapCount, howToSee, gapRows(population.gaps));
  const count = `Failing resources: ${failing.resources}, in ${failing.findings} findings`;
  yield* rows(count, failing.findings, howToSee, findingRows(population));
  if (unknown.findings > 0) yield `${unknown.resources} resources or slices were unknown at some time.\n\n`;
}

function lifeOf({ integration }: PopulationReport): string {
  const removed = integration.removedAt === null ? '' : `, removed ${timeOf(integration.removedAt)}`;
  return `The integration was added ${timeOf(integration.createdAt)}${removed}.`;
}

function* readings({ slices }: PopulationReport): Generator<string> {
  if (slices.length === 0) return yield 'It was never read.\n\n';
  yield table(
    ['Slice', 'Complete', 'Partial', 'Failed', 'First complete', 'Last complete', 'Complete before'],
    slices.map((one) => [
      ...[one.slice === '' ? '(all)' : cell(one.slice), one.complete, one.partial, one.failed],
      ...[timeOf(one.firstCompleteAt), timeOf(one.lastCompleteAt), timeOf(one.completeBeforeAt)],
    ]),
  );
}

/** A table that is written as its rows come; nothing where there are none. */
async function* rows(
  title: string,
  total: number,
  howToSee: (total: number) => string,
  parts: AsyncIterable<string>,
): AsyncGenerator<string> {
  if (total === 0) return;
  yield `**${title}**\n\n`;
  let shown = -1; // the head
  for await (const part of parts) {
    yield part;
    shown += 1;
  }
  yield '\n';
  if (shown < total) yield `And ${total - shown} more; ${howToSee(total)}\n\n`;
}

async function* gapRows(gaps: AsyncIterable<GapReport>): AsyncGenerator<string> {
  yield tableHead(['Scope', 'Slice', 'From', 'To', 'Reason', 'Gap']);
  for await (const { scope, slice, from, to, reason, detail, id } of gaps) {
    const until = timeOf(to) ?? 'open at the end';
    yield tableRow([cell(scope), cell(slice), timeOf(from), until, `${cell(reason)}: ${cell(detail)}`, id]);
  }
}

async function* findingRows({ failing, quantifier }: PopulationReport): AsyncGenerator<string> {
  yield tableHead(['Resource', 'From', 'To', 'Because', quantifier === 'every' ? 'Evidence' : 'Evidence, all of it']);
  for await (const finding of failing.list) {
    const { resource, from, to, reason } = finding;
    yield tableRow([cell(resource), timeOf(from), timeOf(to) ?? 'failing at the end', cell(reason), proofs(finding)]);
  }
}

function proofs({ evidence, hasMoreEvidence }: FindingReport): string {
  return [...evidence, ...(hasMoreEvidence ? ['and more'] : [])].join('<br>') || 'none stored';
}
