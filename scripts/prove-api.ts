// `npm run prove:api`: a minute of valid, invalid and hostile requests over docs/openapi.json, at a fleet of two organizations: no fault of the
// server, nothing of the other organization, every error a problem document. `--seconds <n>`, `--seed <n>`; a whole play writes its table into
// docs/reliability.md. Exits 1 on any problem.
import { parseArgs } from 'node:util';
import { attack } from './api/attack.ts';
import { schemathesisAvailability } from './api/schemathesis.ts';
import { problemsOf, tablesOf } from './api/table.ts';
import { writeSection } from './proofs/written-section.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } });
const seconds = Number(values.seconds ?? 60);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!(seconds >= 1) || !Number.isInteger(seed)) {
  console.error('--seconds takes a number of 1 or more, --seed a whole number');
  process.exit(2);
}
const availability = await schemathesisAvailability();
if (!availability.available) {
  console.error(`Nothing was proven: ${availability.why}`);
  process.exit(1);
}
const attacked = await attack({
  ...{ python: availability.python, seconds, seed, generators: 2, say: console.log },
  phases: ['examples', 'coverage', 'fuzzing', 'stateful'],
});
const problems = problemsOf(attacked);
const body = `Seed ${seed}, ${seconds} s. ${tablesOf(attacked)}`;
console.log(`\n${body}\n`);
if (problems.length > 0) console.log(`${attacked.output}\n\n${problems.join('\n')}`);
else if (values.seconds === undefined) await writeSection('api', 'npm run prove:api', body);
process.exitCode = problems.length === 0 ? 0 : 1;
