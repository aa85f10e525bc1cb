import { createRuntime, type GuardedRuntime } from '@evidence-fleet/engine';
import { type ConnectorWorld, describeConnector, MemoryQuota, silentLog } from '@evidence-fleet/engine/testing';
import { generateGitHubWorld, startGitHub } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { connectors } from './index.ts';

/** What each evidence type is read from. */
const readFrom: { readonly [type: string]: RegExp } = {
  'github.organization': /^\/orgs\/[^/]+$/,
  'github.org_member': /^\/orgs\/[^/]+\/members/,
  'github.repository': /^\/orgs\/[^/]+\/repos/,
  'github.branch_protection': /\/branches\//,
  'github.dependabot_alert': /\/dependabot\//,
  'github.pull_request': /\/pulls/,
  'github.code_scanning_alert': /\/code-scanning\//,
  'github.collaborator': /\/collaborators/,
  'github.commit_signature': /\/commits/,
  'github.outside_collaborator': /\/outside_collaborators/,
  'github.ruleset': /\/rulesets/,
  'github.secret_scanning_alert': /\/secret-scanning\//,
  'github.team': /\/teams/,
  'github.team_member': /\/teams/,
  'github.webhook': /\/hooks/,
  'github.workflow_run': /\/actions\/runs/,
};

async function openGitHub(): Promise<ConnectorWorld> {
  const simulator = await startGitHub(generateGitHubWorld({ seed: 3, repositories: 10, members: 12, denied: 0 }));
  const opened: GuardedRuntime[] = [];
  const settings = github.settings.parse({ organizations: ['example-org-1'] });
  return {
    credentials: { kind: 'token', token: simulator.tokens[0]?.secret },
    settings,
    createRuntime(signal) {
      const guarded = createRuntime({
        connector: github,
        settings,
        endpoint: simulator.url,
        quota: new MemoryQuota(),
        quotaScope: () => undefined,
        integrationId: 'conformance',
        network: { allowPrivate: ['127.0.0.0/8'] },
        signal,
        log: silentLog,
        saveCredentials: async () => {},
      });
      opened.push(guarded);
      return guarded.runtime;
    },
    churn: () => simulator.churn(),
    deny(type) {
      const match = readFrom[type];
      if (!match) throw new Error(`nobody says what ${type} is read from`);
      simulator.faults.add({ kind: 'status', status: 403, match, times: Number.POSITIVE_INFINITY });
    },
    allow: () => simulator.faults.clear(),
    countCalls: () => simulator.requests.length,
    async close() {
      for (const guarded of opened) await guarded.close();
      await simulator.close();
    },
  };
}

const github = connectors.get('github') ?? fail();
describeConnector(github, { describe, it, beforeAll, afterAll }, openGitHub);

function fail(): never {
  throw new Error('the catalogue has no github');
}
