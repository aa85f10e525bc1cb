import { commitBody, type Place, workflowRunBody } from '../bodies/history-body.ts';
import { rulesetBody, rulesetSummaryBody } from '../bodies/ruleset-body.ts';
import { codeAlertBody, secretAlertBody } from '../bodies/scanning-body.ts';
import { byPage, wrappedPage } from '../paging.ts';
import {
  type Answer,
  type Call,
  hasScope,
  inOrganization,
  inRepository,
  notFound,
  ok,
  type Routes,
  refuse,
  roleIn,
} from '../routing.ts';
import type { WorldRepository, WorldRuleset } from '../world.ts';

export const historyRoutes: Routes = [
  ['/repos/:owner/:repo/rulesets', (call) => inPlace(call, (place) => rulesets(call, place)), 'metadata'],
  ['/repos/:owner/:repo/rulesets/:id', (call) => inPlace(call, (place) => ruleset(call, place)), 'metadata'],
  ['/repos/:owner/:repo/actions/runs', (call) => inPlace(call, (place) => workflowRuns(call, place)), 'actions'],
  ['/repos/:owner/:repo/commits', (call) => inPlace(call, (place) => commits(call, place)), 'contents'],
  [
    '/orgs/:org/code-scanning/alerts',
    (call) => alerts(call, ({ codeAlerts }) => codeAlerts, codeAlertBody),
    'security_events',
  ],
  [
    '/orgs/:org/secret-scanning/alerts',
    (call) => alerts(call, ({ secretAlerts }) => secretAlerts, secretAlertBody),
    'secret_scanning_alerts',
  ],
];

function inPlace(call: Call, handle: (place: Place) => Answer): Answer {
  return inRepository(call, (repository, organization) => handle({ organization, repository }));
}

/** https://docs.github.com/en/rest/repos/rules#get-all-repository-rulesets */
function rulesets(call: Call, place: Place): Answer {
  const shown = rulesetsOf(call, place.repository);
  return byPage(call, shown, (one) => rulesetSummaryBody(call, place, one));
}

function ruleset(call: Call, place: Place): Answer {
  const found = rulesetsOf(call, place.repository).find(({ id }) => id === Number(call.parameters.id));
  return found === undefined ? notFound() : ok(rulesetBody(call, place, found));
}

function rulesetsOf(call: Call, { rulesets }: WorldRepository): readonly WorldRuleset[] {
  const hasParents = call.query.get('includes_parents') !== 'false';
  return rulesets.filter(({ source }) => hasParents || source === 'Repository');
}

/** The newest first. https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository */
function workflowRuns(call: Call, place: Place): Answer {
  const runs = place.repository.workflowRuns.toSorted(
    (one, other) => compare(other.createdAt, one.createdAt) || other.id - one.id,
  );
  return wrappedPage(call, runs, 'workflow_runs', (run) => workflowRunBody(call, place, run));
}

/** https://docs.github.com/en/rest/commits/commits#list-commits */
function commits(call: Call, place: Place): Answer {
  const { repository } = place;
  if (repository.empty) return refuse(409, 'Git Repository is empty.');
  if ((call.query.get('sha') ?? repository.defaultBranch) !== repository.defaultBranch) return notFound();
  const since = call.query.get('since') ?? '';
  const found = repository.commits
    .filter(({ committedAt }) => committedAt >= since)
    .sort((one, other) => compare(other.committedAt, one.committedAt) || compare(one.sha, other.sha));
  return byPage(call, found, (commit) => commitBody(call, place, commit));
}

/** https://docs.github.com/en/rest/code-scanning/code-scanning#list-code-scanning-alerts-for-an-organization */
function alerts<A extends { readonly number: number; createdAt: string }>(
  call: Call,
  of: (repository: WorldRepository) => readonly A[],
  toBody: (call: Call, place: Place, alert: A) => object,
): Answer {
  return inOrganization(call, (organization) => {
    const isTold = roleIn(call, organization) === 'admin' && hasScope(call, 'repo', 'security_events');
    if (!isTold) return notFound();
    const all = organization.repositories.flatMap((repository) => {
      return of(repository).map((alert) => ({ alert, place: { organization, repository } }));
    });
    const sign = call.query.get('direction') === 'asc' ? 1 : -1;
    all.sort((one, other) => {
      const byTime = sign * compare(one.alert.createdAt, other.alert.createdAt);
      return byTime || one.place.repository.id - other.place.repository.id || one.alert.number - other.alert.number;
    });
    return byPage(call, all, ({ alert, place }) => toBody(call, place, alert));
  });
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
