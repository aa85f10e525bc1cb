import { timeOf } from '../output.ts';
import type { JoinedReport } from './joined.ts';
import type { FindingReport, PopulationReport } from './population.ts';
import type { GapReport, SourceReport } from './source.ts';
import { cell, table, tableHead, tableRow } from './table.ts';

/** @param howToSee what to run to see more, by the total */
export async function* populationMarkdown(
  population: PopulationReport,
  howToSee: (total: number) => string,
): AsyncGenerator<string> {
  yield `### ${nameOf(population)}\n\n`;
  yield* sourceMarkdown(population, howToSee);
  const { failing, unknown } = population;
  const count = `Failing resources: ${failing.resources}, in ${failing.findings} findings`;
  yield* rows(count, failing.findings, howToSee, findingRows(population));
  if (unknown.findings > 0) yield `${unknown.resources} resources or slices were unknown at some time.\n\n`;
}

/** @param howToSee as above */
export async function* joinedMarkdown(
  joined: JoinedReport,
  howToSee: (total: number) => string,
): AsyncGenerator<string> {
  const types = joined.evidence.map((type) => `\`${type}\``).join(', ');
  yield `### Joined for ${joined.title}\n\n`;
  yield `Each resource was judged together with ${types}. What was not read to its end, or not in time, leaves every resource unknown.\n\n`;
  if (joined.mapEntries !== null)
    yield `The organization's own map of people counts first: ${joined.mapEntries} ${joined.mapEntries === 1 ? 'entry' : 'entries'} when this report was made.\n\n`;
  let isEmpty = true;
  for await (const source of joined.sources) {
    isEmpty = false;
    yield `#### ${nameOf(source)}\n\n`;
    yield* sourceMarkdown(source, howToSee);
  }
  if (isEmpty) yield `There was no ${joined.connector} integration in this period that tells it.\n\n`;
}

function nameOf({ type, integration }: SourceReport): string {
  return `\`${type}\` of ${cell(integration.name)}`;
}

async function* sourceMarkdown(source: SourceReport, howToSee: (total: number) => string): AsyncGenerator<string> {
  const { integration, title, mode, resources, runs, gapCount, gaps } = source;
  const account = integration.account === null ? '' : `, ${cell(integration.account)}`;
  yield `${cell(title)}, read by the ${integration.connector} connector (${mode}${account}). `;
  yield `${resources} resource${resources === 1 ? '' : 's'} at the end of the period; ${runs} run${runs === 1 ? '' : 's'} read it. ${lifeOf(source)}\n\n`;
  yield* readings(source);
  yield* rows(`Gaps: ${gapCount}`, gapCount, howToSee, gapRows(gaps));
}

function lifeOf({ integration }: SourceReport): string {
  const removed = integration.removedAt === null ? '' : `, removed ${timeOf(integration.removedAt)}`;
  return `The integration was added ${timeOf(integration.createdAt)}${removed}.`;
}

function* readings({ slices }: SourceReport): Generator<string> {
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
