// `npm run demo`: the main job on real input. Two organizations, eight integrations, one scheduler and two workers as processes of
// their own, on a real PostgreSQL, a real Redis and the providers' real wire protocols. Exits 0 when everything is as promised, and
// leaves nothing running.
import type { FleetProcess } from '@evidence-fleet/testbed';
import { playActs } from './demo/acts.ts';
import { compareWithWorld, progressOf } from './demo/ledger.ts';
import { addAws, closeStage, type Stage, setStage, startProcesses, writeWorld } from './demo/stage.ts';
import { summarise } from './demo/summary.ts';

const started = performance.now();
const say = (line: string) =>
  console.log(`${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
let failures = 0;
const check = (holds: boolean, line: string) => {
  if (!holds) failures += 1;
  say(`${holds ? 'ok  ' : 'NOT '} ${line}`);
};

const stage = await setStage(say);
let processes: FleetProcess[] = [];
try {
  processes = await startProcesses(stage.fleet);
  say(`running: ${processes.map(({ name }) => name).join(', ')}; the first syncs are asked for by the schedule`);
  say('starting AWS beside them (the first time, moto is installed)');
  await addAws(stage, say);
  say(`what exists, the ground truth, is written to ${await writeWorld(stage)}`);
  await watch(stage);
  for (const actor of stage.actors) {
    const { resources, missing, surplus, different, digest, equal } = await compareWithWorld(stage, actor);
    const differences = equal ? 'equal' : `${missing} missing, ${surplus} too many, ${different} different`;
    check(
      equal,
      `${actor.name.padEnd(14)} ${resources} resources against the world: ${differences} (digest ${digest})`,
    );
  }
  await playActs(stage, ({ act, found, holds }) => check(holds, `${act}: ${found}`));
  console.log(`\n${await summarise(stage)}\n`);
} finally {
  await Promise.all(processes.map((one) => one.close()));
  await closeStage(stage);
}
const leftOver = processes.filter(({ pid }) => isAlive(pid));
check(leftOver.length === 0, 'every process has ended');
say(failures === 0 ? 'everything is as promised' : `${failures} promises are not kept`);
console.log(`
Next, with your own accounts:
  npm start                                     # the fleet on this machine, data kept in .fleet/
  npm run fleet -- connectors show github       # what it reads, and the permissions it needs
  npm run fleet -- integrations add github --name github --setting organizations=your-org
  npm run fleet -- sync github --wait
  npm run fleet -- controls
`);
process.exit(failures === 0 ? 0 : 1);

/** Shows how far each integration is until all have ended; in place on a terminal, a line a change elsewhere. */
async function watch({ actors }: Stage): Promise<void> {
  const told = new Set<string>();
  const isNews = (line: string) => told.size < told.add(line.replace(/\d+ resources/, '')).size;
  for (let shown = false; ; shown = true) {
    const rows = await Promise.all(
      actors.map(async (actor) => ({ name: actor.name, ...(await progressOf(stage, actor)) })),
    );
    const lines = rows.map(
      ({ name, state, seen, streams }) =>
        `${name.padEnd(14)} ${state.padEnd(10)} ${String(seen).padStart(6)} resources  ${streams} streams`,
    );
    if (process.stdout.isTTY) redraw(lines, shown);
    else for (const line of lines) if (isNews(line)) say(line);
    if (rows.every(({ state }) => state === 'succeeded' || state === 'partial' || state === 'failed')) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function redraw(lines: readonly string[], shown: boolean): void {
  process.stdout.write(
    `${shown ? `\x1b[${lines.length}A` : ''}${lines.map((line) => `\x1b[2K          ${line}\n`).join('')}`,
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
