import { type Framework, frameworks } from '@evidence-fleet/controls';
import { databaseTime } from '@evidence-fleet/db';
import { Command, Option } from 'commander';
import { type Fleet, parseCount, withFleet } from '../fleet.ts';
import { note } from '../output.ts';
import { readPeriod } from '../read-time.ts';
import { createReport } from '../report/create-report.ts';
import { reportMarkdown } from '../report/markdown.ts';
import { streamJson } from '../report/stream-json.ts';
import { writeOutput } from '../write-output.ts';

interface ReportOptions {
  readonly framework: Framework;
  readonly from: string;
  readonly to?: string;
  readonly format?: 'markdown' | 'json';
  readonly output?: string;
  readonly limit: number;
}

export function reportCommand(): Command {
  return new Command('report')
    .description(
      'what held over a period, for an auditor: verdicts, how they were obtained, and the evidence behind them',
    )
    .addOption(new Option('--framework <framework>', 'of which framework').choices(frameworks).makeOptionMandatory())
    .requiredOption('--from <time>', 'where the period begins: a date (midnight UTC), or a time with its zone')
    .option('--to <time>', 'where it ends; a date includes that day (default: now)')
    .addOption(new Option('--format <format>', 'markdown (default) or json').choices(['markdown', 'json']))
    .option('--output <path>', 'a new file, readable by you only (default: standard output)')
    .option('--limit <count>', 'at most so many entries a list; counts are whole', parseCount, 100)
    .addHelpText(
      'after',
      `
Lists are written as they are read: a --limit of a million needs no more memory than one of a hundred.

Examples:
  fleet report --framework soc2 --from 2026-01-01 --to 2026-03-31 --output q1.md
  fleet report --framework iso27001:2022 --from 2026-03-01 --limit 1000000 --format json --output march.json`,
    )
    .action((options: ReportOptions, command: Command) => withFleet(command, (fleet) => report(fleet, options)));
}

async function report(fleet: Fleet, options: ReportOptions): Promise<void> {
  const { framework, from, to, output, limit, format = fleet.json ? 'json' : 'markdown' } = options;
  const now = await databaseTime(fleet.database);
  const period = readPeriod({ from, to }, now);
  const made = await createReport(fleet, { framework, period, now, limit });
  const isWhole = await writeOutput(format === 'json' ? jsonLine(made) : reportMarkdown(made), output);
  if (isWhole && output !== undefined) note(`The report is in ${output}.`);
}

async function* jsonLine(value: object): AsyncGenerator<string> {
  yield* streamJson(value);
  yield '\n';
}
