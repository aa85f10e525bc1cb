// A provider that costs next to nothing, in a process of its own: GitHub's answers about the account whose number its token ends with, ten
// repositories on two pages, ten members in one answer of its own. Takes the milliseconds that an answer takes; prints its address.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const delayMs = Number(process.argv[2] ?? 0);
const items = 10;
const pageItems = items / 2;
let calls = 0;

const server = createServer((request, response) => {
  if (request.url === '/calls') return send(response, calls);
  calls += 1;
  if (delayMs > 0) setTimeout(answer, delayMs, request, response);
  else answer(request, response);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(address()));

function address(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server that listens has no other kind of address
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const account = Number(/(\d+)$/.exec(request.headers.authorization ?? '')?.[1]);
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const organization = `/orgs/organization-${account}`;
  if (path === '/user') send(response, { id: account, login: `user-${account}` });
  else if (path === organization) send(response, organizationOf(account));
  else if (path === `${organization}/repos`) sendRepositories(response, account, new URLSearchParams(query));
  else if (path === `${organization}/everybody`)
    send(
      response,
      numbers(items).map((index) => memberOf(account, index)),
    );
  else response.writeHead(404).end('{"message":"Not Found"}');
}

function sendRepositories(response: ServerResponse, account: number, query: URLSearchParams): void {
  const perPage = Math.min(Number(query.get('per_page')), pageItems);
  const page = Number(query.get('page') ?? 1);
  const pages = items / perPage;
  const url = `${address()}/orgs/organization-${account}/repos?per_page=${query.get('per_page')}`;
  const link = `<${url}&page=${page + 1}>; rel="next", <${url}&page=${pages}>; rel="last"`;
  const first = (page - 1) * perPage;
  send(
    response,
    numbers(perPage).map((index) => repositoryOf(account, first + index)),
    page < pages ? { link } : {},
  );
}

function send(response: ServerResponse, body: unknown, headers = {}): void {
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': length, ...headers });
  response.end(text);
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function memberOf(account: number, index: number) {
  return {
    orgId: account,
    userId: 1_000 * account + index,
    login: `member-${index}`,
    role: 'member',
    twoFactor: index > 0,
  };
}

function organizationOf(account: number) {
  const times = { created_at: '2020-01-01T00:00:00Z', updated_at: '2020-01-01T00:00:00Z' };
  return { id: account, login: `organization-${account}`, public_repos: 0, total_private_repos: items, ...times };
}

function repositoryOf(account: number, index: number) {
  return {
    id: 1_000 * account + index,
    name: `repository-${index}`,
    full_name: `organization-${account}/repository-${index}`,
    owner: { id: account, login: `organization-${account}` },
    private: true,
    visibility: 'private',
    archived: false,
    fork: false,
    default_branch: 'main',
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    pushed_at: '2026-01-01T00:00:00Z',
    size: 1,
    stargazers_count: 0,
    watchers_count: 0,
    forks_count: 0,
    open_issues_count: 0,
  };
}
