import { createHash } from 'node:crypto';
import { evidenceTypes } from '@evidence-fleet/connectors';
import { requestSync } from '@evidence-fleet/db';
import { canonicalJson, type Json } from '@evidence-fleet/engine';
import type { Actor, Stage } from './stage.ts';

/** The outcome of one run, as the ledger has it. */
export interface RunReport {
  readonly state: string;
  readonly added: number;
  readonly changed: number;
  readonly retired: number;
  readonly calls: number;
}

/** Asks for a sync now, as another service would: the row first, the bell after. */
export async function syncNow(stage: Stage, actor: Actor, types: readonly string[] = []): Promise<RunReport> {
  const { organizationId } = actor.tenant;
  const { runId, ring } = await requestSync(stage.database, {
    organizationId,
    integrationId: actor.integrationId,
    types,
  });
  if (ring !== null) await stage.producer.ringSync([{ ...ring, queue: 'sync-now' }]);
  return ended(stage, actor, runId);
}

const ends = new Set(['succeeded', 'partial', 'failed', 'cancelled']);

async function ended(stage: Stage, actor: Actor, runId: string): Promise<RunReport> {
  for (let tries = 0; tries < 1_200; tries += 1) {
    const report = await reportOf(stage, actor, runId);
    if (report !== null) return report;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the sync of ${actor.name} did not end within a minute`);
}

async function reportOf(stage: Stage, actor: Actor, runId: string): Promise<RunReport | null> {
  const { organizationId } = actor.tenant;
  return stage.database.withOrganization(organizationId, async (transaction) => {
    const run = await transaction.syncRun.findUnique({
      where: { organizationId_id: { organizationId, id: runId } },
      include: { streams: true, attemptLog: true },
    });
    if (run === null || !ends.has(run.state)) return null;
    const sum = (field: 'added' | 'changed' | 'retired') =>
      run.streams.reduce((total, stream) => total + stream[field], 0);
    const calls = run.attemptLog.flatMap(({ calls: each }) => each as { calls: number }[]); // written by the engine's meter only
    return {
      state: run.state,
      added: sum('added'),
      changed: sum('changed'),
      retired: sum('retired'),
      calls: calls.reduce((total, one) => total + one.calls, 0),
    };
  });
}

/** How far each integration is: the state of its latest run, and how many resources the latest one over everything has seen. */
export async function progressOf(
  stage: Stage,
  actor: Actor,
): Promise<{ state: string; seen: number; streams: string }> {
  return stage.database.withOrganization(actor.tenant.organizationId, async (transaction) => {
    const latest = (where: { types?: { isEmpty: boolean } }) =>
      transaction.syncRun.findFirst({
        where: { integrationId: actor.integrationId, ...where },
        orderBy: { requestedAt: 'desc' },
        include: { streams: true },
      });
    const run = await latest({ types: { isEmpty: true } });
    const last = await latest({}); // a first reading is confirmed by a run of its own
    const seen =
      run?.streams.reduce((total, { added, changed, unchanged }) => total + added + changed + unchanged, 0) ?? 0;
    const closed = run?.streams.filter(({ status }) => status !== 'open').length ?? 0;
    return { state: last?.state ?? 'due', seen, streams: `${closed}/${run?.streams.length ?? 0}` };
  });
}

export interface Comparison {
  readonly resources: number;
  readonly missing: number;
  readonly surplus: number;
  readonly different: number;
  readonly digest: string;
  readonly equal: boolean;
}

/** Holds every current (type, key) and every material field against the world. */
export async function compareWithWorld(stage: Stage, actor: Actor): Promise<Comparison> {
  const stored = await stage.database.withOrganization(actor.tenant.organizationId, (transaction) =>
    transaction.evidence.findMany({
      where: { integrationId: actor.integrationId, validTo: null },
      select: { type: true, key: true, material: true },
    }),
  );
  const found = index(
    stored.map(({ type, key, material }) => ({ type, key: key as Json, material: material as Json })),
  );
  const wanted = index(
    actor.truth().map(({ type, key, material }) => ({ type, key: [...key], material: material as Json })),
  );
  const missing = [...wanted.keys()].filter((key) => !found.has(key)).length;
  const surplus = [...found.keys()].filter((key) => !wanted.has(key)).length;
  const different = [...wanted].filter(([key, material]) => found.has(key) && found.get(key) !== material).length;
  return {
    resources: found.size,
    missing,
    surplus,
    different,
    digest: digestOf(found),
    equal: digestOf(found) === digestOf(wanted),
  };
}

function index(rows: readonly { type: string; key: Json; material: Json }[]): Map<string, string> {
  return new Map(
    rows.map(({ type, key, material }) => [
      canonicalJson([type, key]),
      canonicalJson(withSortedLists(comparable(type, material))),
    ]),
  );
}

/** Without fields that the ledger keeps under an organization's own key: nobody outside knows what they look like there. */
function comparable(type: string, material: Json): Json {
  const redacted = Object.keys(evidenceTypes.get(type)?.redact ?? {});
  return Object.fromEntries(Object.entries(material as object).filter(([field]) => !redacted.includes(field)));
}

/** The world states lists in its own order, the ledger in its; here both are sorted, since none of the demo's lists has a meaningful one. */
function withSortedLists(value: Json): Json {
  if (Array.isArray(value))
    return value.map(withSortedLists).toSorted((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, withSortedLists(inner)]));
}

function digestOf(rows: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  for (const [key, material] of [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${key}\n${material}\n`);
  return hash.digest('hex').slice(0, 16);
}

export async function openGaps(
  stage: Stage,
  actor: Actor,
): Promise<{ type: string; scope: string; reason: string; detail: string }[]> {
  return stage.database.withOrganization(actor.tenant.organizationId, (transaction) =>
    transaction.gap.findMany({
      where: { integrationId: actor.integrationId, closedAt: null },
      select: { type: true, scope: true, reason: true, detail: true },
      orderBy: [{ type: 'asc' }, { scope: 'asc' }],
    }),
  );
}
