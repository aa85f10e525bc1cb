// `npm run prove:requests`: 1,000 syncs asked for over the API while Redis is killed, first at a pace, then all at once; every answer is held
// against the runs in the database. Writes its tables into docs/reliability.md. Exits 1 when a goal is missed.
import { writeSection } from './proofs/written-section.ts';
import { play } from './requests/play.ts';
import { openStand } from './requests/stand.ts';
import { missedGoals, promisedMs, tablesOf } from './requests/table.ts';

const integrations = 100;
/** Of each of the provider's answers: as providers are, so that runs are under way when somebody asks. */
const providerMs = 100;
const acts = [
  { leadIn: 1_000, requests: 1_000, perSecond: 50 },
  { leadIn: 0, requests: 1_000, perSecond: null },
];

const began = performance.now();
const stand = await openStand(integrations, { delayMs: providerMs, postgres: { durable: true } });
console.log(`${integrations} integrations have been read once after ${seconds()} s`);
try {
  const played = [];
  for (const act of acts) {
    played.push(await play(stand, act));
    console.log(`every run has ended after ${seconds()} s`);
  }
  const missed = played.flatMap((one) => missedGoals(one));
  const body = `${tablesOf(played)}\n\n${integrations} integrations of 10 organizations, two processes of the API; two workers and a scheduler at low priority on the same cores. The first ${acts[0]?.leadIn ?? 0} answers at a pace are judged and not timed: processes compile and connect. p99 is promised to be under ${promisedMs} ms before and after, where requests come at a pace; a thousand at the same moment stand in line for these cores. Played in ${seconds()} s.`;
  console.log(`\n${body}\n\n${missed.length === 0 ? 'Every goal was met.' : `Missed: ${missed.join('; ')}`}`);
  await writeSection('requests', 'npm run prove:requests', body);
  process.exitCode = missed.length === 0 ? 0 : 1;
} finally {
  await stand.close();
}

function seconds(): string {
  return ((performance.now() - began) / 1_000).toFixed(0);
}
