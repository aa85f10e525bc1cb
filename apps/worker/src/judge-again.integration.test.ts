import { controls, judge, type Test, verdictOf } from '@evidence-fleet/controls';
import {
  createDatabase,
  type Database,
  type JudgedFinding,
  judgePopulations,
  type PopulationJudged,
  readJudgementInput,
  type StoredEvidence,
  storeVerdicts,
} from '@evidence-fleet/db';
import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { judgeRun, optionsOf } from './judge-run.ts';
import { gap, type Of, type Pass, passesOf, prepared } from './testing/passes.ts';

const type = 'github.org_member';
const hours = 26;
const [control, test] =
  controls.flatMap((one) =>
    one.tests.flatMap((asked) => (asked.evidence === type && !asked.relation ? [[one, asked] as const] : [])),
  )[0] ?? [];
/** No pass over the last one is ever read to its end. */
const slices = ['1', '2', '3', 'broken'];
const people = Array.from({ length: 100 }, (_, index) => `user-${index}`);

let server: TestDatabase;
let database: Database;
let superuser: Database;

beforeAll(async () => {
  server = await startDatabase();
  database = createDatabase({ url: server.app });
  superuser = createDatabase({ url: server.superuser });
});
afterAll(async () => {
  await superuser?.close();
  await database?.close();
  await server?.close();
});

/** The same sequence for the same seed: mulberry32. */
function randomOf(seed: number) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    chance: (share: number) => next() < share,
    pick: <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T,
  };
}
type Random = ReturnType<typeof randomOf>;

/** What the provider shows: who is there, in which slice, with what second factor; `odd` rows lack a field or have it as another type. */
interface Person {
  readonly slice: string;
  readonly twoFactor: boolean | null;
  readonly odd: 'no' | 'nameless' | 'number' | 'older';
}
type World = Map<string, Person>;

function row(login: string, { twoFactor, odd }: Person) {
  const fields = {
    no: { login, twoFactor },
    nameless: { twoFactor },
    number: { login: login.length, twoFactor },
    older: { login },
  }[odd];
  return prepared([1, login], { orgId: 1, userId: login.length, role: 'member', ...fields });
}

function change(world: World, random: Random): void {
  for (const login of people) {
    if (!random.chance(0.12)) continue;
    if (world.has(login) && random.chance(0.4)) world.delete(login);
    else {
      const odd = random.chance(0.8) ? 'no' : random.pick(['nameless', 'number', 'older'] as const);
      world.set(login, { slice: random.pick(slices), twoFactor: random.pick([true, true, false, null]), odd });
    }
  }
}

/** What a run makes of it: gaps over resources that are there and that are not, broken passes, slices left out, people not shown. */
function passesOver(world: World, before: World, random: Random): Pass[] {
  const isPatchy = random.chance(0.1);
  const listed = slices.filter((slice) => random.chance(slice === 'broken' ? 0.4 : isPatchy ? 0.6 : 1));
  return listed.map((slice) => {
    const there = [...world].filter(([, person]) => person.slice === slice);
    const shown = random.chance(0.05) ? [] : there.filter(() => random.chance(0.97));
    const gone = [...before].filter(([login]) => !world.has(login) && random.chance(0.5));
    const gaps = people.filter(() => random.chance(0.005)).map((login) => gap(`user:${login}`, [1, login]));
    if (random.chance(0.05)) gaps.push(gap('*'));
    return {
      slice,
      rows: shown.map(([login, person]) => row(login, person)),
      gone: gone.map(([login, person]) => row(login, person)),
      gaps,
      ...(slice === 'broken' || random.chance(0.08) ? { status: 'failed' as const } : {}),
    };
  });
}

const findings = ({ organizationId }: Of) =>
  database.withOrganization(
    organizationId,
    (transaction) => transaction.$queryRaw<JudgedFinding[]>`
      SELECT resource_sha AS "resourceSha", resource, status, reason FROM finding WHERE valid_to IS NULL ORDER BY resource_sha`,
  );

const sorted = (all: readonly JudgedFinding[]) =>
  all.map(({ resourceSha, ...said }) => ({ sha: Buffer.from(resourceSha).toString('hex'), ...said }));

const counts = async ({ organizationId }: Of) => {
  const [row] = await superuser.prisma.$queryRaw<{ kept: number[]; counted: number[] }[]>`
    SELECT ARRAY[pass, fail, unknown, not_applicable] AS kept, ARRAY(SELECT count(f.*)::int FROM unnest(ARRAY['pass', 'fail', 'unknown', 'not_applicable']) WITH ORDINALITY s(status, at)
      LEFT JOIN finding f ON f.organization_id = ${organizationId}::uuid AND f.status = s.status AND f.valid_to IS NULL GROUP BY at ORDER BY at) AS counted
    FROM judged_population WHERE organization_id = ${organizationId}::uuid`;
  return row;
};

const proofs = async ({ organizationId }: Of) => {
  const [row] = await superuser.prisma.$queryRaw<object[]>`
    SELECT is_complete AS "isComplete", proven_at AS "provenAt", CASE WHEN fail > 0 THEN failure_proven_at END AS "failureProvenAt", open_gaps AS "openGaps"
    FROM judged_population WHERE organization_id = ${organizationId}::uuid`;
  return row;
};

/** When the oldest slice was proven, and the latest that shows a failure, by every row and gap. */
async function provenByRow(run: Of & { runId: string }, found: readonly JudgedFinding[]) {
  const input = await readJudgementInput(database, { ...run, type });
  const failing = new Set(sorted(found).flatMap(({ sha, status }) => (status === 'fail' ? [sha] : [])));
  const failed = new Set<string>();
  for await (const { keySha, slice } of input.rows)
    if (failing.has(Buffer.from(keySha).toString('hex'))) failed.add(slice);
  const times = (slices: StoredEvidence['slices']) => slices.flatMap(({ provenAt }) => provenAt?.getTime() ?? []);
  const known = times(input.slices);
  const oldest = known.length < input.slices.length ? null : new Date(Math.min(...known));
  const latest = times(input.slices.filter(({ slice }) => failed.has(slice)));
  return {
    isComplete: input.slices.every(({ status }) => status === 'complete'),
    provenAt: oldest,
    failureProvenAt: latest.length > 0 ? new Date(Math.max(...latest)) : null,
    openGaps: await openGaps(run),
  };
}

async function openGaps({ organizationId }: Of): Promise<number | undefined> {
  const [row] = await superuser.prisma.$queryRaw<{ total: number }[]>`
    SELECT count(*)::int AS total FROM gap WHERE organization_id = ${organizationId}::uuid AND closed_at IS NULL`;
  return row?.total;
}

describe('a judgement of what changed', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'says the same as one of everything, whatever happened between (seed %i)',
    async (seed) => {
      if (control === undefined || test === undefined) throw new Error('no control is judged by members');
      const random = randomOf(seed);
      const of = await createTestOrganization(database, 'github');
      const world: World = new Map();
      const judgements: PopulationJudged[] = [];
      for (let round = 0; round < 25; round += 1) {
        const before = new Map(world);
        change(world, random);
        const { run, end } = await passesOf(database, of, type, passesOver(world, before, random));
        if (random.chance(0.15)) {
          await end(random.pick(['failed', 'cancelled'])); // not judged: the next one has to make up for it
          continue;
        }
        if (random.chance(0.1)) await letAge(of);
        if (random.chance(0.1))
          await expect(
            judgeRun({ ...run, database, types: [type], signal: AbortSignal.abort(new Error('killed')) }),
          ).rejects.toThrow('killed');
        const asked = { ...run, database, types: [type], signal: new AbortController().signal };
        const [judged] = await judgePopulations(database, [optionsOf(control, test, asked)]);
        if (judged === undefined) throw new Error('nothing was judged');
        await storeVerdicts(database, { ...run, controls: [], judged: [judged], decide: verdictOf });
        judgements.push(judged);
        const stored = await findings(of);
        expect(sorted(stored)).toEqual(sorted(await judgedByRow(test, run)));
        const told = await counts(of);
        expect(told?.kept).toEqual(told?.counted);
        expect(await proofs(of)).toEqual(await provenByRow(run, stored));
        await judgeRun({ ...run, database, types: [type], signal: new AbortController().signal });
        await end();
      }
      expect(judgements.filter(({ isWhole }) => !isWhole).length).toBeGreaterThan(5);
    },
  );
});

/** What the pure judge says of every row and gap. */
async function judgedByRow(asked: Test, run: Of & { runId: string }): Promise<JudgedFinding[]> {
  const input = await readJudgementInput(database, { ...run, type });
  return Array.fromAsync(judge(asked, hours, input));
}

/** As if all that was read so far had been read 30 hours earlier. */
async function letAge({ organizationId }: Of): Promise<void> {
  await superuser.prisma.$executeRaw`
    UPDATE stream_run SET opened_at = opened_at - interval '30 hours' WHERE organization_id = ${organizationId}::uuid`;
}
