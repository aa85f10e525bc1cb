import { pullRequestBody, reviewBody, wholePullRequestBody } from '../bodies/pull-request-body.ts';
import { byPage } from '../paging.ts';
import { type Answer, type Call, inRepository, notFound, ok, type Routes, refuse } from '../routing.ts';
import type { WorldOrganization, WorldPullRequest, WorldRepository } from '../world.ts';

interface Place {
  readonly organization: WorldOrganization;
  readonly repository: WorldRepository;
}

export const pullRequestRoutes: Routes = [
  ['/repos/:owner/:repo/pulls', (call) => inPulls(call, (place) => pulls(call, place)), 'pull_requests'],
  [
    '/repos/:owner/:repo/pulls/:number',
    (call) => inPull(call, (place, pull) => ok(wholePullRequestBody(call, place, pull))),
    'pull_requests',
  ],
  [
    '/repos/:owner/:repo/pulls/:number/reviews',
    (call) =>
      inPull(call, (place, pull) => byPage(call, pull.reviews, (review) => reviewBody(call, place, pull, review))),
    'pull_requests',
  ],
];

/** https://docs.github.com/en/rest/pulls/pulls#list-pull-requests */
function pulls(call: Call, place: Place): Answer {
  const state = call.query.get('state') ?? 'open';
  const field = call.query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const sign = call.query.get('direction') === 'asc' ? 1 : -1;
  const found = place.repository.pullRequests
    .filter((pull) => state === 'all' || pull.state === state)
    .sort(
      (one, other) =>
        sign * (one[field] < other[field] ? -1 : one[field] > other[field] ? 1 : one.number - other.number),
    );
  return byPage(call, found, (pull) => pullRequestBody(call, place, pull));
}

function inPulls(call: Call, handle: (place: Place) => Answer): Answer {
  return inRepository(call, (repository, organization) => {
    if (repository.denied.pulls === 404) return notFound();
    if (repository.denied.pulls !== 403) return handle({ organization, repository });
    const headers = { 'x-accepted-github-permissions': 'pull_requests=read' };
    return refuse(403, 'Resource not accessible by personal access token', headers);
  });
}

function inPull(call: Call, handle: (place: Place, pull: WorldPullRequest) => Answer): Answer {
  return inPulls(call, (place) => {
    const pull = place.repository.pullRequests.find(({ number }) => number === Number(call.parameters.number));
    return pull === undefined ? notFound() : handle(place, pull);
  });
}
