// `npm run bench`: how fast the fleet is, and how flat, each figure beside a yardstick taken in the same run. `--only <names>` runs some,
// by comma; `--quick` small sizes whose counts are checked and whose figures mean nothing; `--json <file>` keeps every sample. A whole run
// writes its table into docs/performance.md. Exits 1 when a bench breaks off or counts wrongly, a whole run also when a goal is missed.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Bench, isMet, percentile } from './bench/bench.ts';
import { benches } from './bench/catalogue.ts';
import { type Benched, tableOf } from './bench/table.ts';
import { provenance, writeSection } from './proofs/written-section.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean', default: false }, json: { type: 'string' } },
});
const names = values.only?.split(',') ?? benches.map(({ name }) => name);
const unknown = names.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. There are ${benches.map(({ name }) => name).join(', ')}.`);
  process.exit(1);
}

const started = performance.now();
const benched: Benched[] = [];
for (const bench of benches.filter(({ name }) => names.includes(name))) benched.push(await play(bench));
const table = tableOf(benched);
const minutes = ((performance.now() - started) / 60_000).toFixed(1);
console.log(`\n${table}\n\nMeasured in ${minutes} min.`);
if (values.json !== undefined) {
  const head = await provenance('npm run bench');
  await writeFile(values.json, `${JSON.stringify({ head, isQuick: values.quick, benched }, null, 2)}\n`);
}
const isWhole = values.only === undefined && !values.quick;
if (isWhole) await writeSection('bench', 'npm run bench', `${table}\n\nMeasured in ${minutes} min.`);
const broken = benched.filter(({ error }) => error !== null);
const missed = benched.flatMap(({ bench, result }) =>
  (result?.figures ?? [])
    .filter((figure) => isMet(figure, figure.reach) === false)
    .map(({ what }) => `${bench}: ${what}`),
);
if (broken.length > 0) console.error(`Broke off: ${broken.map(({ bench }) => bench).join(', ')}.`);
if (!values.quick && missed.length > 0) console.error(`Not reached: ${missed.join('; ')}.`);
process.exit(broken.length > 0 || (isWhole && missed.length > 0) ? 1 : 0);

async function play(bench: Bench): Promise<Benched> {
  const begun = performance.now();
  const say = (line: string) =>
    console.log(`[${((performance.now() - started) / 1_000).toFixed(0)} s] ${bench.name}: ${line}`);
  const seconds = () => Math.round(performance.now() - begun) / 1_000;
  try {
    const result = await bench.run({ isQuick: values.quick, say });
    for (const { what, samples } of result.figures) say(`${what}: ${percentile(samples, 0.5)}`);
    return { bench: bench.name, seconds: seconds(), result, error: null };
  } catch (error) {
    say(`broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return {
      bench: bench.name,
      seconds: seconds(),
      result: null,
      error: error instanceof Error ? error.message : String(error),
    };
  }
}
