import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createRandom, type Random } from '@evidence-fleet/testbed';
import { createAimer } from './aim.ts';
import { openFront } from './front.ts';
import { protocol } from './hostile-http.ts';
import { tenancy } from './hostile-tenancy.ts';
import { values } from './hostile-values.ts';
import { essenceOf, type Secrets } from './inspect.ts';
import { descriptionFile, type GenerateOptions, generate } from './schemathesis.ts';
import { pick } from './shot.ts';
import { openStage, type Stage } from './stage.ts';
import { createTally, type Tally } from './tally.ts';
import { sendBytes } from './wire.ts';

export interface Attack {
  readonly tally: Tally;
  /** Of the other organization, whose every row was compared. */
  readonly rowsKept: number;
  /** What the generator printed where it found something. */
  readonly output: string;
}

export interface AttackOptions {
  readonly python: string;
  readonly seconds: number;
  readonly seed: number;
  /** Generators side by side, each a process with a seed of its own: in threads of one they get into each other's way. */
  readonly generators: number;
  readonly phases: GenerateOptions['phases'];
  readonly say: (line: string) => void;
}

/** Attacks a fleet of its own for so many seconds, and looks at what is left of it. */
export async function attack(options: AttackOptions): Promise<Attack> {
  const stage = await openStage();
  try {
    return await attackStage(stage, options);
  } finally {
    await stage.close();
  }
}

async function attackStage(
  stage: Stage,
  { python, seconds, seed, generators, phases, say }: AttackOptions,
): Promise<Attack> {
  const { apiPort, attacker, rowsOfOther } = stage;
  const secrets = await secretsOf(stage);
  const tally = createTally(JSON.parse(await readFile(descriptionFile, 'utf8')), secrets);
  const before = await rowsOfOther.digests();
  const front = await openFront({ apiPort, aimer: createAimer(attacker, createRandom(seed)), tally });
  const ended = new AbortController();
  say(`${seconds} s of attack, seed ${seed}`);
  const lanes = [1, 2].map((nth) => shoot(stage, { tally, random: createRandom(seed + nth), signal: ended.signal }));
  try {
    const generated = await Promise.all(
      Array.from({ length: generators }, (_, nth) =>
        generate({ python, url: front.url, token: attacker.token, seconds, seed: seed + nth, phases }),
      ),
    );
    const found = generated.filter(({ findings }) => findings.length > 0);
    for (const { findings } of found) for (const finding of findings) tally.complain(`generated: ${finding}`, finding);
    say('looking after');
    ended.abort();
    await Promise.all(lanes);
    await lookAfter(stage, { tally, before });
    return { tally, rowsKept: rowsIn(before), output: found.map(({ output }) => output).join('\n') };
  } finally {
    ended.abort();
    await Promise.allSettled(lanes);
    await front.close();
  }
}

async function secretsOf({ canary, rowsOfOther, secrets }: Stage): Promise<Secrets> {
  const folders = [fileURLToPath(new URL('../..', import.meta.url)), homedir()].filter((folder) => folder.length > 4);
  return { canary, ids: await rowsOfOther.ids(), texts: [...secrets, ...folders] };
}

/** Every third shot is at the other organization. */
const kinds = [...values, ...protocol];

async function shoot(
  { apiPort, attacker, other }: Stage,
  { tally, random, signal }: { tally: Tally; random: Random; signal: AbortSignal },
): Promise<void> {
  for (let nth = 0; !signal.aborted; nth++) {
    const { what: kind, shoot: make } = pick(random, nth % 3 === 0 ? tenancy : kinds);
    const { bytes, like, ...shot } = make({ attacker, other, random });
    const answer = await sendBytes(apiPort, bytes);
    tally.note({ source: 'hostile', kind, ...shot, answer });
    if (like === undefined) continue;
    const unknown = await sendBytes(apiPort, like);
    tally.note({ source: 'hostile', kind, ...shot, answer: unknown });
    if (answer && unknown && essenceOf(answer) !== essenceOf(unknown))
      tally.complain(
        `${kind}: not answered like what exists nowhere`,
        `${shot.method} ${shot.path}: ${essenceOf(answer)} and ${essenceOf(unknown)}`,
      );
  }
}

interface Before {
  readonly tally: Tally;
  readonly before: ReadonlyMap<string, string>;
}

/** The fleet still answers, nothing of the other organization has changed, and the log tells of no fault and no secret. */
async function lookAfter({ healthUrl, rowsOfOther, apiLog, secrets }: Stage, { tally, before }: Before): Promise<void> {
  const { status } = await fetch(`${healthUrl}/ready`);
  if (status !== 200) tally.complain('not ready after the attack', String(status));
  for (const [table, digest] of await rowsOfOther.digests())
    if (before.get(table) !== digest)
      tally.complain(`the other organization's ${table} changed`, `${before.get(table)}, then ${digest}`);
  for (const line of apiLog()) {
    if (line.includes('api.failed')) tally.complain('the log tells of a fault', line);
    if (secrets.some((text) => line.includes(text))) tally.complain('the log holds a secret', line);
  }
}

function rowsIn(digests: ReadonlyMap<string, string>): number {
  return [...digests.values()].reduce((sum, digest) => sum + Number.parseInt(digest, 10), 0);
}
