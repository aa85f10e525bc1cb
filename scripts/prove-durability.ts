// `npm run prove:durability`: real processes, real kills, exact accounting. `--only <pattern>` plays some scenarios, `--sample` few rounds
// of each, `--times <n>` so many. A whole play writes its table into docs/reliability.md. Exits 1 when a goal is missed.
import { parseArgs } from 'node:util';
import { playSuite } from './durability/suite.ts';
import { missedGoals, tableOf } from './durability/tally.ts';
import { writeSection } from './proofs/written-section.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, sample: { type: 'boolean' }, times: { type: 'string' } },
});
const started = performance.now();
const elapsed = () => `${((performance.now() - started) / 60_000).toFixed(1)} min`;

const rows = await playSuite({
  only: new RegExp(values.only ?? '', 'i'),
  times:
    values.times === undefined ? ({ full, sample }) => (values.sample ? sample : full) : () => Number(values.times),
  atOnce: 2,
  say: (line) => console.log(`[${elapsed()}] ${line}`),
});
const notes = rows
  .filter(({ note, tally }) => note !== '' && tally !== null)
  .map((row) => `- ${row.scenario}: ${row.note}`);
const missed = rows.flatMap((row) => missedGoals(row).map((goal) => `${row.scenario}: ${goal}`));
const legend =
  '*Idle*: blows that left no trace in their round, so that it proves nothing; one fails the row. *Again*: rounds that were played once more for it, at most a quarter (rounded up) of those of one fleet; what they lost, doubled or said falsely counts. *Recovery*: from the blow to the first provider call of each run that was taken up again; where a store was taken away, of each run, once it is back.';
const body = `${[tableOf(rows), legend, notes.join('\n')].filter(Boolean).join('\n\n')}\n\nPlayed in ${elapsed()}.`;
console.log(`\n${body}\n${missed.length === 0 ? 'Every goal was met.' : `Missed: ${missed.join('; ')}`}`);
if (values.only === undefined && !values.sample && values.times === undefined)
  await writeSection('durability', 'npm run prove:durability', body);
process.exit(missed.length === 0 ? 0 : 1);
