import { createRuntime, type GuardedRuntime } from '@evidence-fleet/engine';
import { type ConnectorWorld, describeConnector, MemoryQuota, silentLog } from '@evidence-fleet/engine/testing';
import { generateJiraWorld, startJira } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { connectors } from './index.ts';

/** What each evidence type is read from. */
const readFrom: { readonly [type: string]: RegExp } = {
  'jira.audit_record': /\/auditing\/record/,
  'jira.group': /\/group\/bulk/,
  'jira.group_member': /\/group\/member/,
  'jira.issue': /\/search\/jql/,
  'jira.issue_change': /\/changelog\//,
  'jira.issue_purpose': /\/search\/jql/,
  'jira.permission_scheme': /\/permissionscheme/,
  'jira.project': /\/project\/search/,
  'jira.project_role_actor': /\/role\/\d+/,
  'jira.server_info': /\/serverInfo/,
  'jira.user': /\/users\/search/,
};

async function openJira(): Promise<ConnectorWorld> {
  const simulator = await startJira(generateJiraWorld({ seed: 3 }), { pageSize: 8 });
  const { tokens, siteUrl } = simulator.world;
  const { email, secret } = tokens[0] ?? fail();
  const opened: GuardedRuntime[] = [];
  const settings = jira.settings.parse({ siteUrl });
  return {
    credentials: { kind: 'api_token', email, token: secret },
    settings,
    createRuntime(signal) {
      const guarded = createRuntime({
        connector: jira,
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

const jira = connectors.get('jira') ?? fail();
describeConnector(jira, { describe, it, beforeAll, afterAll }, openJira);

function fail(): never {
  throw new Error('there is no such thing in this test');
}
