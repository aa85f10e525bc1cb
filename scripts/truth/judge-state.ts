import type { LedgerState } from './ledger.ts';
import type { Status } from './oracles.ts';
import { agrees, comparable, type Resource, verdictsOf } from './resource.ts';

/** What must never be. */
export const forbidden = ['verdict', 'retired', 'untold', 'claimed', 'leaked', 'hung', 'memory', 'unhealed'] as const;
export type Forbidden = (typeof forbidden)[number];

export interface Charge {
  readonly column: Forbidden;
  readonly why: string;
}

/** What a state is held against: the world as it is, as it was at the baseline, and the types that were asked for. */
export interface Expectation {
  readonly now: readonly Resource[];
  /** Empty on a first load. */
  readonly before: readonly Resource[];
  /** Evidence types that are never retired by their absence. */
  readonly incremental: ReadonlySet<string>;
}

export interface StateJudgement {
  readonly end: 'true' | 'gap' | 'error';
  readonly charges: readonly Charge[];
}

interface Context extends Expectation {
  readonly state: LedgerState;
  /** By type and key. */
  readonly trueNow: ReadonlyMap<string, Resource>;
  readonly trueBefore: ReadonlyMap<string, Resource>;
  readonly stored: ReadonlyMap<string, string>;
}

const idOf = ({ type, keySha }: { type: string; keySha: string }) => `${type} ${keySha}`;
const byId = (resources: readonly Resource[]) => new Map(resources.map((one) => [idOf(one), one]));

/** Holds what the ledger says against the world: every row, finding and verdict, and what is not there. */
export function judgeState(state: LedgerState, expectation: Expectation): StateJudgement {
  const stored = new Map(state.current.map((row) => [idOf(row), comparable(row.type, row.material)]));
  const context: Context = {
    ...expectation,
    state,
    stored,
    trueNow: byId(expectation.now),
    trueBefore: byId(expectation.before),
  };
  const charges = [
    ...retired(context),
    ...untold(context),
    ...claimed(context),
    ...findings(context),
    ...verdicts(context),
  ];
  if (state.run.state === 'failed' && state.run.errorCode !== null && !state.run.errorMessage)
    charges.push({ column: 'untold', why: 'the run failed and does not say why' });
  const isTrue = charges.length === 0 && isWhole(context);
  return { end: isTrue ? 'true' : inError(state) ? 'error' : 'gap', charges };
}

function inError({ run }: LedgerState): boolean {
  return run.state === 'failed' && run.errorCode !== null;
}

/** The true result: every resource as it is, nothing else, no gap, every verdict the true one. */
function isWhole({ state, now, stored, trueNow, incremental }: Context): boolean {
  const rows = now.every((one) => stored.get(idOf(one)) === one.material);
  const extra = state.current.some((row) => !trueNow.has(idOf(row)) && !incremental.has(row.type));
  const told = new Map(state.verdicts.map(({ control, status }) => [control, status]));
  const judged = [...verdictsOf(now)].every(([control, status]) => told.get(control) === status);
  return rows && !extra && judged && state.gaps.length === 0 && state.run.state === 'succeeded';
}

function retired({ state, trueNow }: Context): Charge[] {
  return state.retired
    .filter((row) => trueNow.has(idOf(row)))
    .map((row) => ({ column: 'retired', why: `${nameOf(trueNow.get(idOf(row)))} exists and was retired` }));
}

function nameOf(resource: Resource | undefined): string {
  return resource === undefined ? 'something' : `${resource.type} ${JSON.stringify(resource.key)}`;
}

/** Missing, different from the truth, or gone at the provider and still held, with nothing that says so. */
function untold(context: Context): Charge[] {
  const { stored, state, trueNow, trueBefore, incremental } = context;
  const wrong = demanded(context)
    .filter((one) => !agrees(stored.get(idOf(one)), one) && !isTold(context, one))
    .map((one) => `${nameOf(one)} is ${stored.has(idOf(one)) ? 'another than the true one' : 'missing'}`);
  const extra = state.current
    .filter((row) => !trueNow.has(idOf(row)) && !incremental.has(row.type))
    .flatMap((row) => {
      const was = trueBefore.get(idOf(row));
      if (was === undefined) return [`${row.type} ${row.keySha.slice(0, 8)} never existed`];
      return isTold(context, was) ? [] : [`${nameOf(was)} is gone and still stands`];
    });
  return [...wrong, ...extra].map((why) => ({ column: 'untold', why }));
}

/**
 * The ledger says somewhere that it does not know this resource: a gap over it, a slice that failed or is open, a run in error; for one
 * that is gone, any pass that was not complete, because such a pass may end nothing.
 */
function isTold({ state, trueNow }: Context, resource: Resource): boolean {
  const { type, slice, keySha } = resource;
  if (inError(state)) return true;
  if (!trueNow.has(idOf(resource)) && !isComplete(state, resource)) return true;
  const isHere = (one: { type: string; slice: string }) =>
    one.type === type && (one.slice === slice || one.slice === '');
  if (state.streams.some((stream) => isHere(stream) && (stream.status === 'failed' || stream.status === 'open')))
    return true;
  return state.gaps.some(
    (gap) => isHere(gap) && (gap.keySha === null ? covers(gap.scope, resource) : gap.keySha === keySha),
  );
}

function isComplete({ streams }: LedgerState, { type, slice }: Resource): boolean {
  return streams.some((stream) => stream.type === type && stream.slice === slice && stream.status === 'complete');
}

/** Whether a gap that names no key is about the resource. */
function covers(scope: string, { type, key, material }: Resource): boolean {
  if (scope === '*') return true;
  if (scope.startsWith('two-factor:')) return type === 'github.org_member' || type === 'github.outside_collaborator';
  if (type === 'aws.access_key') return scope === `user:${JSON.parse(material).userId}`;
  if (/^(okta|jira)\./.test(type)) return key.some((part) => scope.endsWith(`:${part}`));
  const { repoId = key[0], teamId, orgId }: Record<string, unknown> = JSON.parse(material);
  // What belongs to the organization itself is of no repository.
  const place = repoId === null ? `organization:${orgId}` : `repository:${repoId}`;
  return scope === place || (teamId !== undefined && scope === `team:${teamId}`);
}

/** On a first load everything there is; over a baseline what it held, since one listing that leaves out a newcomer shows nothing amiss. */
function demanded({ now, before, trueBefore }: Context): readonly Resource[] {
  return before.length === 0 ? now : now.filter((one) => trueBefore.has(idOf(one)));
}

function claimed(context: Context): Charge[] {
  const { state, stored } = context;
  return state.streams
    .filter(({ status }) => status === 'complete')
    .flatMap(({ type, slice }) =>
      demanded(context)
        .filter((one) => one.type === type && one.slice === slice && !agrees(stored.get(idOf(one)), one))
        .map(
          (one): Charge => ({
            column: 'claimed',
            why: `${type} in "${slice}" is called complete without ${nameOf(one)}`,
          }),
        ),
    );
}

/** Every finding is the true one or unknown; what was told not to be read may say what was true before. */
function findings(context: Context): Charge[] {
  const { state, trueNow, trueBefore } = context;
  return state.findings.flatMap((finding): Charge[] => {
    if (finding.status === 'unknown') return [];
    const id = `${finding.type} ${finding.sha}`;
    const [is, was] = [trueNow.get(id), trueBefore.get(id)];
    const says = (one: Resource | undefined) => one?.findings[finding.control];
    if (says(is) === finding.status) return [];
    if (was !== undefined && says(was) === finding.status && isTold(context, is ?? was)) return [];
    // The finding of an account in which no witness was found has a key of its own.
    if (is === undefined && was === undefined && allowedVerdict(context, finding.control, finding.status)) return [];
    const truth = says(is) ?? (was === undefined ? 'no such resource' : 'gone');
    return [
      {
        column: 'verdict',
        why: `${finding.control} says ${finding.status} of ${finding.resource}, the truth is ${truth}`,
      },
    ];
  });
}

function verdicts(context: Context): Charge[] {
  const concerned = new Set([...verdictsOf(context.now).keys(), ...verdictsOf(context.before).keys()]);
  return context.state.verdicts
    .filter(({ control, status }) => concerned.has(control) && !allowedVerdict(context, control, status))
    .map(({ control, status }) => ({
      column: 'verdict',
      why: `the verdict of ${control} is ${status}, the truth ${verdictsOf(context.now).get(control)}`,
    }));
}

function allowedVerdict({ state, now, before }: Context, control: string, status: string): boolean {
  if (status === 'unknown') return true;
  const is: Status = verdictsOf(now).get(control) ?? 'not_applicable';
  if (status === is) return true;
  // A run that ended before it read anything leaves the last verdict to its own freshness.
  return inError(state) && state.streams.length === 0 && verdictsOf(before).get(control) === status;
}
