import { ConnectorError, Gap, type Slice } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { type Organization, Repository } from './answers.ts';
import type { GitHub } from './client.ts';
import type { Grant } from './credential.ts';

/** One slice an organization, by its immutable id. */
export async function organizationSlices(github: GitHub): Promise<Slice[]> {
  const organizations = await Promise.all(github.organizations.map((login) => github.organization(login)));
  return organizations.map(({ id, login }) => ({ id: String(id), title: login }));
}

/** The organization that a slice stands for. */
export async function organizationOf(github: GitHub, slice: Slice): Promise<z.output<typeof Organization>> {
  for (const login of github.organizations) {
    const organization = await github.organization(login);
    if (String(organization.id) === slice.id) return organization;
  }
  throw new ConnectorError('not_found', 'No organization in the settings has the id of this slice any more.');
}

interface CountedRepositories {
  /** By ascending id: an order that survives renames, so that a checkpoint can be an id. */
  readonly repositories: readonly z.output<typeof Repository>[];
  /** GitHub's own count, null where it gives none. */
  readonly total: number | null;
}

/** By client, that is by attempt, and by login. */
const listed = new WeakMap<GitHub, Map<string, Promise<CountedRepositories>>>();

/** Every repository of an organization, held against GitHub's count: yields a gap where fewer are listed. Listed once an attempt. */
export async function* repositoriesById(github: GitHub, login: string): AsyncGenerator<Gap, CountedRepositories> {
  const lists = listed.get(github) ?? new Map<string, Promise<CountedRepositories>>();
  listed.set(github, lists);
  const list = lists.get(login) ?? listRepositories(github, login);
  lists.set(login, list);
  list.catch(() => lists.delete(login)); // a failure is not remembered; the caller sees it below
  const { repositories, total } = await list;
  yield* silentlyPartial(github, 'repositories');
  yield* shortOf(total, repositories.length, 'repositories');
  return { repositories, total };
}

async function listRepositories(github: GitHub, login: string): Promise<CountedRepositories> {
  const total = await countRepositories(github, login);
  const listing = github.list('GET /orgs/{org}/repos', repositoryListing(login), Repository);
  const byId = new Map((await Array.fromAsync(listing)).map((repository) => [repository.id, repository]));
  return { repositories: [...byId.values()].sort((one, other) => one.id - other.id), total };
}

/** An App is told, too, how many repositories it was installed on. https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation */
export async function countRepositories(github: GitHub, login: string): Promise<number | null> {
  const listed = await github.count('GET /orgs/{org}/repos', repositoryListing(login));
  if (!github.credential.isApp) return listed;
  const granted = await github.count('GET /installation/repositories', {});
  return Math.max(listed ?? 0, granted ?? 0);
}

/** A listing that shows less than GitHub counts is not whole. */
export function* shortOf(total: number | null, shown: number, what: string, scope = '*'): Generator<Gap> {
  if (total === null || shown >= total) return;
  yield new Gap(scope, 'incomplete', `GitHub counts ${total} ${what} and listed ${shown}: the list is incomplete.`);
}

/** Ordered by creation: a new repository joins at the end and shifts no page. */
export function repositoryListing(login: string) {
  return { org: login, type: 'all', sort: 'created', direction: 'asc' } as const;
}

const wholeListing = {
  members: {
    anyOf: ['read:org', 'write:org', 'admin:org'],
    shown: 'public members',
    isWhole: ({ permissions }: Grant) => permissions.members !== undefined,
    remedy: 'public members only: grant it organization Members: read',
  },
  repositories: {
    anyOf: ['repo'],
    shown: 'public repositories',
    isWhole: ({ repositories }: Grant) => repositories === 'all',
    remedy: 'only the repositories that it was installed on: install it on all repositories',
  },
} as const;

/**
 * To a classic token without the scope GitHub shows a part of the listing and says nothing about it, and to an App what it was installed on:
 * then the whole slice is a gap. To be asked when the listing has answered, because a grant may have been narrowed meanwhile.
 */
export function* silentlyPartial(github: GitHub, listing: keyof typeof wholeListing): Generator<Gap> {
  const { anyOf, shown, isWhole, remedy } = wholeListing[listing];
  const grant = github.credential.grant();
  if (grant !== null) {
    if (!isWhole(grant)) yield new Gap('*', 'permission_denied', `GitHub shows the App ${remedy}.`);
    return;
  }
  const scopes = github.scopes();
  if (scopes === null || anyOf.some((scope) => scopes.includes(scope))) return;
  const detail = `The token lacks the scope ${anyOf[0]}, without which GitHub shows ${shown} only: grant it.`;
  yield new Gap('*', 'permission_denied', detail);
}
