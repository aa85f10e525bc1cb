import type { ListedEvidence } from '@evidence-fleet/db';
import { presentEvidence } from '@evidence-fleet/presentation';
import { Command, Option } from 'commander';
import { csvHeader, csvLine } from '../csv.ts';
import { type Fleet, withFleet } from '../fleet.ts';
import { note } from '../output.ts';
import { addSelection, type SelectionOptions, selectEvidence } from '../select-evidence.ts';
import { writeOutput } from '../write-output.ts';

type Format = 'jsonl' | 'csv';

interface ExportOptions extends SelectionOptions {
  readonly format: Format;
  readonly output?: string;
}

export function evidenceExportCommand(): Command {
  return addSelection(new Command('export'))
    .description('write all of it, a page at a time: JSON lines, or CSV for spreadsheets')
    .addOption(new Option('--format <format>', 'jsonl or csv').choices(['jsonl', 'csv']).default('jsonl'))
    .option('--output <path>', 'a new file, readable by you only (default: standard output)')
    .addHelpText(
      'after',
      '\nExamples:\n  fleet evidence export > evidence.jsonl\n  fleet evidence export --format csv --as-of 2026-03-14 --output march.csv',
    )
    .action((options: ExportOptions, command: Command) => withFleet(command, (fleet) => run(fleet, options)));
}

const pageSize = 500;

async function run(fleet: Fleet, options: ExportOptions): Promise<void> {
  const { evidence } = await selectEvidence(fleet, options, pageSize);
  let count = 0;
  async function* lines() {
    if (options.format === 'csv') yield csvHeader;
    for await (const item of evidence) {
      count += 1;
      yield line(item, options.format);
    }
  }
  if (!(await writeOutput(lines(), options.output))) return;
  note(`${count} pieces of evidence.`);
}

function line(item: ListedEvidence, format: Format): string {
  const presented = presentEvidence(item);
  return format === 'csv' ? csvLine(presented) : `${JSON.stringify(presented)}\n`;
}
