// `npm run prove:sabotage`: the proofs can fail. The product is broken on purpose in a copy, one way after the other, and for each the
// proof that has to notice runs there; the same proofs have to pass in a sound copy. Prints a table; exits 1 when a mutation survives.
// `--only <text>`: mutations whose name holds it. `--sample`: every third.
import { parseArgs } from 'node:util';
import { writeSection } from './proofs/written-section.ts';
import { copyRepository } from './sabotage/copy.ts';
import { mutations as all } from './sabotage/mutations.ts';
import { prove } from './sabotage/prove.ts';
import { judge, tableOf, type Verdict } from './sabotage/table.ts';

const { values } = parseArgs({ options: { only: { type: 'string' }, sample: { type: 'boolean', default: false } } });
const mutations = all.filter(
  ({ name }, index) => (values.only === undefined || name.includes(values.only)) && (!values.sample || index % 3 === 0),
);
const started = performance.now();
const verdicts: Verdict[] = [];
const unsound: string[] = [];

const controls = [...new Map(mutations.map(({ proof }) => [proof.args.join(' '), proof])).values()];
const tasks = [
  ...controls.map((proof) => ({
    async run(folder: string) {
      const { passed, output, seconds } = await prove(proof, folder);
      console.log(`${passed ? 'passes' : 'FAILS'} in a sound copy (${Math.round(seconds)} s): ${proof.name}`);
      if (!passed) unsound.push(`${proof.name}\n${output.slice(-2_000)}`);
    },
    edits: [],
  })),
  ...mutations.map((mutation) => ({
    async run(folder: string) {
      const verdict = judge(mutation, await prove(mutation.proof, folder));
      verdicts.push(verdict);
      console.log(`${verdict.caughtBy === null ? 'SURVIVED' : 'caught'}: ${mutation.name}`);
      if (verdict.caughtBy === null) console.error(verdict.proven.output.slice(-2_000));
    },
    edits: mutation.edits,
  })),
];

/** Each copy takes the next task until none is left. */
async function work(queue: typeof tasks): Promise<void> {
  const copy = await copyRepository();
  try {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      const { edits, run } = task;
      await copy.broken(edits, () => run(copy.folder));
    }
  } finally {
    await copy.remove();
  }
}

await Promise.all([work(tasks), work(tasks)]);

const ordered = mutations.flatMap((mutation) => verdicts.filter((verdict) => verdict.mutation === mutation));
const survived = ordered.filter(({ caughtBy }) => caughtBy === null).length;
const summary = `${ordered.length} mutations, ${survived} survived; ${controls.length} proofs in a sound copy, ${unsound.length} failed; ${Math.round((performance.now() - started) / 1_000)} s.`;
const page = `${tableOf(ordered)}\n\n${summary}`;
console.log(`\n${page}`);
for (const proof of unsound) console.error(`\nFails in a sound copy: ${proof}`);
if (values.only === undefined && !values.sample) await writeSection('sabotage', 'npm run prove:sabotage', page);
process.exitCode = survived + unsound.length > 0 ? 1 : 0;
