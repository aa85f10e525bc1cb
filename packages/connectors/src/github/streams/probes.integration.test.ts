import type { EvidenceType, Row, Stream } from '@evidence-fleet/connector-sdk';
import {
  collectStream,
  type GitHubSimulator,
  generateGitHubWorld,
  startGitHub,
  testRuntime,
  type WorldOrganization,
} from '@evidence-fleet/testbed';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GitHub } from '../client.ts';
import { github } from '../index.ts';
import { branchProtections } from './branch-protections.ts';
import { orgMembers } from './org-members.ts';
import { repositories } from './repositories.ts';

let simulator: GitHubSimulator;
let organization: WorldOrganization;
let client: GitHub;

beforeEach(async () => {
  const world = generateGitHubWorld({ seed: 3, repositories: 6, members: 12, denied: 0 });
  const [first] = world.organizations;
  if (first === undefined) throw new Error('the world has no organization');
  organization = first;
  simulator = await startGitHub(world);
  const runtime = testRuntime({ connector: github, endpoint: simulator.url });
  const settings = github.settings.parse({ organizations: [organization.login] });
  client = await github.connect(
    { credentials: { kind: 'token', token: world.tokens[0]?.secret ?? '' }, settings },
    runtime,
  );
});
afterEach(() => simulator.close());

/** Asks about one row as the engine would: with what was stored of it last. */
async function probe<E extends EvidenceType>(stream: Stream<GitHub, E>, row: Row<E> | undefined) {
  if (row === undefined || stream.probe === undefined) throw new Error('nothing to ask about');
  const slice = { id: String(organization.id) };
  return stream.probe(client, row, {
    slice,
    since: undefined,
    resume: undefined,
    signal: new AbortController().signal,
  });
}

describe('proof of absence', () => {
  it('finds a repository that the listing leaves out, and its protection', async () => {
    const [row] = (await collectStream(repositories, client)).rows;
    const [protection] = (await collectStream(branchProtections, client)).rows;
    for (const repository of organization.repositories) repository.unlisted = true;
    expect((await collectStream(repositories, client)).rows).toEqual([]);
    expect(await probe(repositories, row)).toEqual(row);
    expect(await probe(branchProtections, protection)).toEqual(protection);
  });

  it('does not take a hidden repository for a deleted one', async () => {
    const [row] = (await collectStream(repositories, client)).rows;
    organization.repositories.splice(0);
    await expect(probe(repositories, row)).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each(['archived', 'renamed'])('retires the protection of a branch when the repository is %s', async (change) => {
    const [row] = (await collectStream(branchProtections, client)).rows;
    const repository = organization.repositories.find(({ id }) => id === row?.repoId);
    if (repository && change === 'archived') repository.archived = true;
    if (repository && change === 'renamed') repository.defaultBranch = 'trunk';
    expect(await probe(branchProtections, row)).toBeNull();
  });

  it('tells who has left the organization from who is still there', async () => {
    const [, row, other] = (await collectStream(orgMembers, client)).rows;
    organization.members = organization.members.filter(({ userId }) => userId !== row?.userId);
    expect(await probe(orgMembers, row)).toBeNull();
    expect(await probe(orgMembers, other)).toEqual(other);
  });

  it('does not confuse two people who held one login', async () => {
    const [, row] = (await collectStream(orgMembers, client)).rows;
    const newcomer = { id: 99_000_001, login: row?.login ?? '' };
    for (const user of simulator.world.users) if (user.id === row?.userId) user.login = 'renamed';
    simulator.world.users.push(newcomer);
    organization.members.push({ userId: newcomer.id, role: 'member', twoFactor: true });
    await expect(probe(orgMembers, row)).rejects.toMatchObject({ code: 'not_found' });
  });
});
