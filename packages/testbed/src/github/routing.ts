import type { GitHubWorld, WorldOrganization, WorldRepository, WorldToken, WorldUser } from './world.ts';

/** A request that is authenticated and within its quota. */
export interface Call {
  readonly world: GitHubWorld;
  readonly token: WorldToken;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly method: string;
  /** What came with the request, out of JSON; undefined: nothing, or no JSON. */
  readonly body: unknown;
  /** Path and query as asked. */
  readonly path: string;
  /** Where clients reach the simulator; links in answers begin with it. */
  readonly apiUrl: string;
  /** The most that one page of a list holds: 100 at GitHub, fewer where a small world is to have many pages. */
  readonly mostPerPage: number;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

type Handler = (call: Call) => Answer;

/** Pattern, e.g. `/orgs/:org/members` (a GET) or `PUT /orgs/:org/members/:username`, handler, and the permission without which an App is refused. */
export type Routes = readonly (readonly [string, Handler, string?])[];

export function ok(body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 200, body, headers };
}

/** A refusal in GitHub's form. */
export function refuse(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Answer {
  const documentation = 'https://docs.github.com/rest';
  return { status, body: { message, documentation_url: documentation, status: String(status) }, headers };
}

export const notFound = (): Answer => refuse(404, 'Not Found');

/** What a handler finds for the path, or the answer that GitHub gives instead. */
export function inOrganization(call: Call, handle: (organization: WorldOrganization) => Answer): Answer {
  const login = call.parameters.org?.toLowerCase();
  const organization = call.world.organizations.find((one) => one.login.toLowerCase() === login);
  if (organization === undefined || roleIn(call, organization) === null) return notFound();
  return handle(organization);
}

export function inRepository(
  call: Call,
  handle: (repository: WorldRepository, organization: WorldOrganization) => Answer,
): Answer {
  const { owner, repo } = call.parameters;
  const organization = call.world.organizations.find((one) => one.login === owner);
  const repository = organization?.repositories.find((one) => one.name === repo);
  if (organization === undefined || repository === undefined || !isVisible(call, repository, organization)) {
    return notFound();
  }
  return handle(repository, organization);
}

/** null: the token's user is no member. An App stands where it is installed, and is held to its permissions. */
export function roleIn({ token }: Call, organization: WorldOrganization): 'admin' | 'member' | null {
  if (token.installation !== undefined) return token.installation.organizationId === organization.id ? 'admin' : null;
  return organization.members.find(({ userId }) => userId === token.userId)?.role ?? null;
}

/** Owners administer every repository; a classic token needs the scope `repo` for it, an App the permission. */
export function isAdmin(call: Call, organization: WorldOrganization): boolean {
  if (call.token.installation !== undefined && call.token.installation.permissions.administration === undefined)
    return false;
  return roleIn(call, organization) === 'admin' && hasScope(call, 'repo');
}

export function isVisible(call: Call, repository: WorldRepository, organization: WorldOrganization): boolean {
  if (repository.visibility === 'public') return true;
  const selected = call.token.installation?.repositoryIds ?? null;
  if (selected !== null && !selected.includes(repository.id)) return false;
  return roleIn(call, organization) !== null && hasScope(call, 'repo');
}

/** A fine-grained token is taken to have every permission. */
export function hasScope({ token }: Call, ...anyOf: readonly string[]): boolean {
  return token.scopes === null || token.scopes.some((scope) => anyOf.includes(scope));
}

/** The user of an id; null for an account that was deleted. */
export function userOf({ world }: Pick<Call, 'world'>, id: number | null): WorldUser | null {
  return id === null ? null : (usersOf(world).get(id) ?? null);
}

const indexes = new WeakMap<GitHubWorld, Map<number, WorldUser>>();

/** Users by id, indexed again when their number changes. */
function usersOf(world: GitHubWorld): Map<number, WorldUser> {
  const known = indexes.get(world);
  if (known?.size === world.users.length) return known;
  const index = new Map(world.users.map((user) => [user.id, user]));
  indexes.set(world, index);
  return index;
}
