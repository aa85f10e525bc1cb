import { timeOf } from '../output.ts';
import { scoreText } from '../score.ts';
import type { ControlReport, Report, RequirementReport } from './create-report.ts';
import { type Status, statusWords } from './intervals.ts';
import { joinedMarkdown, populationMarkdown } from './population-markdown.ts';
import { cell, table } from './table.ts';

/** A report for people, in parts, as they are read. */
export async function* reportMarkdown(report: Report): AsyncGenerator<string> {
  yield* head(report);
  yield* scores(report);
  yield* requirements(report.requirements);
  for await (const control of report.controls) yield* controlMarkdown(control, report);
}

function* head({ framework, organization, from, to, madeAt }: Report): Generator<string> {
  yield `# ${titles[framework]}: ${cell(organization.name)}\n\n`;
  yield `From ${timeOf(from)} to ${timeOf(to)} (its end excluded), made ${timeOf(madeAt)} of what is stored for \`${organization.slug}\`.\n\n`;
  yield `A control **passes** while everything that it rests on was read completely and in time, **fails** while one resource is known to fail, and is **unknown** while anything could not be read, was not read again in time, or was not judged yet. Unknown is never a pass. Times are UTC.\n\n`;
}

const titles: Readonly<Record<Report['framework'], string>> = {
  soc2: 'SOC 2',
  'iso27001:2022': 'ISO/IEC 27001:2022',
  'iso27001:2013': 'ISO/IEC 27001:2013',
};

function* scores({ scores: intervals, limit }: Report): Generator<string> {
  yield '## Score\n\n';
  if (intervals.length === 0) return yield 'No control was judged in this period.\n\n';
  yield 'Controls that pass, of those that apply, as the numbers were kept at the time; the latest first.\n\n';
  yield table(
    ['From', 'To', 'Score', 'Pass', 'Fail', 'Unknown', 'Not applicable'],
    intervals.map((one) => [
      ...[timeOf(one.from), timeOf(one.to) ?? 'stood at the end', scoreText(one) ?? '–'],
      ...[one.pass, one.fail, one.unknown, one.notApplicable],
    ]),
  );
  if (intervals.length === limit) yield `These are the latest ${limit}; \`--limit\` shows more.\n\n`;
}

function* requirements(all: readonly RequirementReport[]): Generator<string> {
  yield '## Requirements\n\n';
  yield table(
    ['Requirement', 'Controls, and where they stood at the end'],
    all.map(({ id, controls }) => [
      id,
      controls.map((one) => `[${one.id}](#${one.id}): ${statusWords[one.atEnd]}`).join('<br>'),
    ]),
  );
}

async function* controlMarkdown(control: ControlReport, report: Report): AsyncGenerator<string> {
  yield `## ${control.id}\n\n**${control.title}.** ${control.description}\n\n`;
  yield `Severity ${control.severity}; evidence counts for ${control.freshnessHours} hours; ${control.satisfies.join(', ')}. At the end of the period: **${statusWords[control.atEnd]}**.\n\n`;
  yield `${shares(control)}\n\n`;
  const left = control.intervalCount - control.intervals.length;
  if (left > 0)
    yield `The latest ${control.intervals.length} of ${control.intervalCount} intervals; ${howToSee(control.intervalCount, report)}\n\n`;
  yield table(
    ['From', 'To', 'Verdict', 'Because', 'Run'],
    control.intervals.map(({ from, to, status, reason, runId }) => [
      ...[timeOf(from), timeOf(to), statusWords[status], reason === null ? '' : cell(reason), runId ?? '–'],
    ]),
  );
  let isEmpty = true;
  for await (const population of control.populations) {
    isEmpty = false;
    yield* populationMarkdown(population, (total) => howToSee(total, report));
  }
  if (isEmpty) yield 'There was no integration in this period that this control concerns.\n\n';
  if (control.joined !== null) yield* joinedMarkdown(control.joined, (total) => howToSee(total, report));
}

/** `pass 62.5 %, unknown 37.5 % of the period`. */
function shares({ durationsMs }: ControlReport): string {
  const total = Object.values(durationsMs).reduce((sum, one) => sum + one, 0);
  const parts = Object.entries(durationsMs)
    .filter(([, duration]) => duration > 0)
    .map(([status, duration]) => `${statusWords[status as Status]} ${((100 * duration) / total).toFixed(1)} %`); // of Status by its type
  return `${parts.join(', ')} of the period.`;
}

function howToSee(total: number, { framework, from, to }: Report): string {
  return `all of it: \`fleet report --framework ${framework} --from ${from.toISOString()} --to ${to.toISOString()} --limit ${total} --format json --output report.json\`.`;
}
