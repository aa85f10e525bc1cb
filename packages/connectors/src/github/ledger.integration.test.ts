import { createRuntime, type GuardedRuntime } from '@evidence-fleet/engine';
import { attempt, MemoryLedger, MemoryQuota, silentLog } from '@evidence-fleet/engine/testing';
import {
  type GitHubSimulator,
  generateGitHubWorld,
  githubTruth,
  startGitHub,
  type WorldOrganization,
  type WorldRepository,
} from '@evidence-fleet/testbed';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectors } from '../index.ts';

let simulator: GitHubSimulator;
let organization: WorldOrganization;
let ledger: MemoryLedger;
let guarded: GuardedRuntime[] = [];

beforeEach(async () => {
  const world = generateGitHubWorld({
    seed: 5,
    repositories: 12,
    members: 20,
    pullRequests: 12,
    alerts: 12,
    denied: 0,
  });
  const [first] = world.organizations;
  if (first === undefined) throw new Error('the world has no organization');
  organization = first;
  simulator = await startGitHub(world);
  ledger = new MemoryLedger();
  await sync();
});
afterEach(async () => {
  for (const one of guarded.splice(0)) await one.close();
  await simulator.close();
});

/** One whole run through the engine's guard; returns the versions it wrote. */
async function sync() {
  const github = connectors.get('github');
  if (github === undefined) throw new Error('the catalogue has no GitHub');
  const { signal } = new AbortController();
  const settings = github.settings.parse({ organizations: [organization.login] });
  const opened = createRuntime({
    connector: github,
    settings,
    endpoint: simulator.url,
    quota: new MemoryQuota(),
    quotaScope: () => undefined,
    integrationId: 'ledger-test',
    network: { allowPrivate: ['127.0.0.0/8'] },
    signal,
    log: silentLog,
    saveCredentials: async () => {},
  });
  guarded = [...guarded, opened];
  const before = ledger.versions.length;
  const credentials = { kind: 'token', token: simulator.tokens[0]?.secret };
  const { runtime } = opened;
  await attempt(ledger, { connector: github, credentials, settings, runtime, signal, lastAttempt: true });
  return ledger.versions.slice(before);
}

function held(type: string): number {
  return ledger.current(type).size;
}

function repositoryOf(accept: (repository: WorldRepository) => boolean): WorldRepository {
  const found = organization.repositories.find(accept);
  if (found === undefined) throw new Error('the world has no such repository');
  return found;
}

describe('github in the ledger', () => {
  it('is what the world holds', () => {
    for (const type of new Set(githubTruth(simulator.world).map((one) => one.type))) {
      const truth = githubTruth(simulator.world).filter((one) => one.type === type);
      expect([type, held(type)]).toEqual([type, truth.length]);
    }
    expect(ledger.openGaps()).toEqual([]);
  });

  it('writes nothing when only volatile values and orders moved', async () => {
    simulator.churn();
    expect(await sync()).toEqual([]);
  });

  it('writes one version for one change', async () => {
    const repository = repositoryOf(({ protection, archived, empty }) => protection !== null && !archived && !empty);
    if (repository.protection) repository.protection.enforceAdmins = !repository.protection.enforceAdmins;
    expect(await sync()).toMatchObject([{ key: [repository.id, repository.defaultBranch] }]);
  });

  it('retires a member who left, on proof', async () => {
    organization.members = organization.members.filter(({ role }, index) => role === 'admin' || index !== 12);
    const before = held('github.org_member');
    await sync();
    expect(held('github.org_member')).toBe(before - 1);
    expect(ledger.openGaps()).toEqual([]);
  });

  it('keeps the protection that it may not read any more, under one gap', async () => {
    const before = held('github.branch_protection');
    repositoryOf(({ archived, empty }) => !archived && !empty).denied.protection = 403;
    expect(await sync()).toEqual([]);
    expect(held('github.branch_protection')).toBe(before);
    expect(ledger.openGaps()).toMatchObject([{ reason: 'permission_denied' }]);
  });

  it('retires nothing of a repository that only the listing lost', async () => {
    const before = [held('github.repository'), held('github.branch_protection')];
    repositoryOf(({ archived, empty }) => !archived && !empty).unlisted = true;
    await sync();
    expect([held('github.repository'), held('github.branch_protection')]).toEqual(before);
  });

  it('holds everything when half of the repositories is missing', async () => {
    const before = held('github.repository');
    for (const repository of organization.repositories.slice(0, 12)) repository.unlisted = true;
    await sync();
    expect(held('github.repository')).toBe(before);
    expect(ledger.openGaps('github.repository')).toMatchObject([{ reason: 'mass_absence' }]);
  });
});
