import { compareWithWorld, openGaps, type RunReport, syncNow } from './ledger.ts';
import type { Actor, Stage } from './stage.ts';

/** What an act found: a sentence for the reader, and whether it is as promised. */
export interface Finding {
  readonly act: string;
  readonly found: string;
  readonly holds: boolean;
}

const repositoryTypes = ['github.repository', 'github.branch_protection'];

/** Changes the providers in six ways and syncs after each: what the ledger makes of it is the product. */
export async function playActs(stage: Stage, tell: (finding: Finding) => void): Promise<void> {
  const actor = stage.actors.find(({ connector }) => connector === 'github');
  if (actor === undefined) throw new Error('the demo has no GitHub integration');
  tell(await nothingChanges(stage));
  tell(await oneChange(stage, actor));
  tell(await oneRefusal(stage, actor));
  tell(await oneSilentlyMissing(stage, actor));
  tell(await oneRemoved(stage, actor));
  tell(await manyMissing(stage, actor));
}

async function nothingChanges(stage: Stage): Promise<Finding> {
  stage.github.churn();
  stage.aws?.churn();
  for (const one of [...stage.jira, ...stage.okta]) one.churn();
  const reports = await Promise.all(stage.actors.map((actor) => syncNow(stage, actor)));
  const versions = reports.reduce((total, { added, changed, retired }) => total + added + changed + retired, 0);
  return {
    act: 'every volatile field moved, every list shuffled',
    found: `${versions} versions written`,
    holds: versions === 0,
  };
}

async function oneChange(stage: Stage, actor: Actor): Promise<Finding> {
  const repository = liveRepositories(stage)[0];
  if (repository) repository.visibility = repository.visibility === 'private' ? 'internal' : 'private';
  const report = await syncRepositories(stage, actor);
  return {
    act: 'one repository changed its visibility',
    found: `${report.added + report.changed} version written, ${report.changed} superseded`,
    holds: report.added === 0 && report.changed === 1 && report.retired === 0 && (await matches(stage, actor)),
  };
}

async function oneRefusal(stage: Stage, actor: Actor): Promise<Finding> {
  const repository = liveRepositories(stage)[1];
  const before = await openGaps(stage, actor);
  if (repository) repository.denied.protection = 403;
  const report = await syncRepositories(stage, actor);
  const gaps = await openGaps(stage, actor);
  const unknown = await stage.database.withOrganization(actor.tenant.organizationId, (transaction) =>
    transaction.finding.count({ where: { controlId: 'default-branches-protected', status: 'unknown', validTo: null } }),
  );
  if (repository) delete repository.denied.protection;
  await syncRepositories(stage, actor);
  return {
    act: 'one repository answers 403',
    found: `${gaps.length - before.length} gap, ${unknown} finding unknown, ${report.retired} retired`,
    holds: gaps.length - before.length === 1 && unknown === before.length + 1 && report.retired === 0,
  };
}

async function oneSilentlyMissing(stage: Stage, actor: Actor): Promise<Finding> {
  const repository = liveRepositories(stage)[2];
  if (repository) repository.unlisted = true;
  const report = await syncRepositories(stage, actor);
  const kept = await matches(stage, actor);
  if (repository) repository.unlisted = false;
  await syncRepositories(stage, actor);
  return {
    act: 'one repository silently missing from the list',
    found: `${report.retired} retired: a point read found it`,
    holds: report.retired === 0 && kept && (await matches(stage, actor)),
  };
}

async function oneRemoved(stage: Stage, actor: Actor): Promise<Finding> {
  const repositories = stage.github.world.organizations[0]?.repositories ?? [];
  const removed = liveRepositories(stage)[3];
  if (removed) repositories.splice(repositories.indexOf(removed), 1);
  const first = await syncRepositories(stage, actor);
  const second = await syncRepositories(stage, actor);
  const retired = await stage.database.withOrganization(actor.tenant.organizationId, (transaction) =>
    transaction.evidence.count({
      where: { type: 'github.repository', endReason: { in: ['deleted', 'no_longer_visible'] } },
    }),
  );
  return {
    act: 'one repository deleted',
    found: `first pass ${first.retired} retired, held under a gap; second pass: proven, ${retired} repository retired`,
    holds: first.retired === 0 && second.retired >= 1 && retired === 1,
  };
}

async function manyMissing(stage: Stage, actor: Actor): Promise<Finding> {
  const repositories = stage.github.world.organizations[0]?.repositories ?? [];
  const missing = repositories.slice(0, Math.ceil(repositories.length * 0.4));
  for (const repository of missing) repository.unlisted = true;
  const report = await syncNow(stage, actor, ['github.repository']);
  const gaps = (await openGaps(stage, actor)).filter(({ reason }) => reason === 'mass_absence');
  for (const repository of missing) repository.unlisted = false;
  await syncRepositories(stage, actor);
  return {
    act: `40 % of the repositories missing (${missing.length})`,
    found: `${report.retired} retired, all held under ${gaps.length} gap`,
    holds: report.retired === 0 && gaps.length === 1,
  };
}

function liveRepositories(stage: Stage) {
  const repositories = stage.github.world.organizations[0]?.repositories ?? [];
  return repositories.filter(
    ({ archived, empty, denied }) =>
      !archived && !empty && denied.protection === undefined && denied.pulls === undefined,
  );
}

function syncRepositories(stage: Stage, actor: Actor): Promise<RunReport> {
  return syncNow(stage, actor, repositoryTypes);
}

async function matches(stage: Stage, actor: Actor): Promise<boolean> {
  return (await compareWithWorld(stage, actor)).equal;
}
