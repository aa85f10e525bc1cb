// `npm run bench:growth`: how the ledger, its reads and the judge grow over three sizes each; writes its tables into docs/scale.md. The largest
// takes some 45 GB of disk and a quarter of an hour. `--versions` and `--heads` take other sizes, by comma, and write nothing.
import { parseArgs } from 'node:util';
import { type Grown, growHistory } from './growth/grow-history.ts';
import { growJudgement, type Judged } from './growth/grow-judgement.ts';
import { growthTables } from './growth/table.ts';
import { writeSection } from './proofs/written-section.ts';

const { values } = parseArgs({ options: { versions: { type: 'string' }, heads: { type: 'string' } } });
const sizes = (given: string | undefined, usual: readonly number[]) => given?.split(',').map(Number) ?? usual;
const started = performance.now();
const say = (what: string) => (line: string) =>
  console.log(`[${((performance.now() - started) / 1_000).toFixed(0)} s] ${what}: ${line}`);

const judged: Judged[] = [];
for (const heads of sizes(values.heads, [10_000, 100_000, 1_000_000])) {
  judged.push(await growJudgement(heads, say(`${heads} heads`)));
}
const grown: Grown[] = [];
for (const versions of sizes(values.versions, [1_000_000, 10_000_000, 50_000_000])) {
  grown.push(await growHistory(versions, say(`${versions} versions`)));
  console.log(`\n${growthTables(grown, judged)}\n`);
}
const minutes = ((performance.now() - started) / 60_000).toFixed(0);
const table = `${growthTables(grown, judged)}\n\nMeasured in ${minutes} min.`;
if (values.versions === undefined && values.heads === undefined)
  await writeSection('growth', 'npm run bench:growth', table);
