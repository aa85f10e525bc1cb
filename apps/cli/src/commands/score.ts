import { controlsOf, type Framework, frameworks, scoredControls } from '@evidence-fleet/controls';
import { type FrameworkScore, readScores, type ScoreInterval, scoreHistory } from '@evidence-fleet/db';
import { Command, Option } from 'commander';
import { type Fleet, parseCount, withFleet } from '../fleet.ts';
import { colours, printJson, printLine, printTable, timeOf } from '../output.ts';
import { type Counts, scoreOf, scoreText } from '../score.ts';

interface ScoreOptions {
  readonly framework?: Framework;
  readonly history?: boolean;
  readonly limit: number;
}

export function scoreCommand(): Command {
  return new Command('score')
    .description('how much of each framework holds: controls that pass, of those that apply; unknown is never a pass')
    .addOption(new Option('--framework <framework>', 'one framework only').choices(frameworks))
    .option('--history', 'every change of the numbers, the latest first')
    .option('--limit <count>', 'at most so many changes a framework', parseCount, 50)
    .addHelpText(
      'after',
      '\nExamples:\n  fleet score\n  fleet score --framework soc2 --history\n  fleet score --history --json',
    )
    .action((options: ScoreOptions, command: Command) => withFleet(command, (fleet) => score(fleet, options)));
}

async function score(fleet: Fleet, { framework, history = false, limit }: ScoreOptions): Promise<void> {
  const of = { organizationId: fleet.organization.id, scored: scoredControls };
  const scores = (await readScores(fleet.database, of)).filter(
    (one) => framework === undefined || one.framework === framework,
  );
  if (!history) return fleet.json ? printJson(scores.map(asJson)) : printScores(scores);
  const histories = new Map<string, ScoreInterval[]>();
  for (const one of scores) {
    histories.set(one.framework, await scoreHistory(fleet.database, { ...of, framework: one.framework, limit }));
  }
  const historyOf = (one: FrameworkScore) => histories.get(one.framework) ?? [];
  if (fleet.json) {
    return printJson(scores.map((one) => ({ ...asJson(one), history: historyOf(one).map(intervalAsJson) })));
  }
  for (const one of scores) printHistory(one.framework, historyOf(one));
}

/** Controls that were never judged: no integration that they concern was read yet. */
function notJudged({ framework, pass, fail, unknown, notApplicable }: FrameworkScore): number {
  return controlsOf(framework as Framework).length - (pass + fail + unknown + notApplicable); // of scoredControls, all of which are
}

function asJson(one: FrameworkScore) {
  return { ...one, notJudged: notJudged(one), score: scoreOf(one) };
}

function intervalAsJson({ framework: _, ...interval }: ScoreInterval) {
  return { ...interval, score: scoreOf(interval) };
}

function printScores(scores: readonly FrameworkScore[]): void {
  printTable(
    ['framework', 'score', ...countHeads, 'not judged', 'since'],
    scores.map((one) => [...[one.framework, scoreText(one), ...countCells(one), notJudged(one), timeOf(one.since)]]),
  );
}

function printHistory(framework: string, history: readonly ScoreInterval[]): void {
  printLine(colours.bold(framework));
  if (history.length === 0) printLine('Not judged yet.');
  else {
    printTable(
      ['from', 'to', 'score', ...countHeads],
      history.map((one) => [timeOf(one.from), timeOf(one.to), scoreText(one), ...countCells(one)]),
    );
  }
  printLine();
}

const countHeads = ['pass', 'fail', 'unknown', 'not applicable'] as const;

function countCells({ pass, fail, unknown, notApplicable }: Counts): number[] {
  return [pass, fail, unknown, notApplicable];
}
