import { createRuntime, type GuardedRuntime } from '@evidence-fleet/engine';
import { type ConnectorWorld, describeConnector, MemoryQuota, silentLog } from '@evidence-fleet/engine/testing';
import { generateOktaWorld, startOkta } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { connectors } from './index.ts';

/** What each evidence type is read from. */
const readFrom: { readonly [type: string]: RegExp } = {
  'okta.admin_role': /\/assignees\/users/,
  'okta.api_token': /\/api-tokens/,
  'okta.app': /\/apps\?/,
  'okta.app_user': /\/apps\/[^/]+\/users/,
  'okta.authenticator': /\/authenticators/,
  'okta.group': /\/groups\?/,
  'okta.group_member': /\/groups\/[^/]+\/users/,
  'okta.log_event': /\/logs/,
  'okta.mfa_enroll_policy': /type=MFA_ENROLL/,
  'okta.network_zone': /\/zones/,
  'okta.password_policy': /type=PASSWORD/,
  'okta.sign_on_policy': /\/rules/,
  'okta.user': /\/users\?/,
  'okta.user_factor': /\/factors/,
};

async function openOkta(): Promise<ConnectorWorld> {
  const simulator = await startOkta(generateOktaWorld({ seed: 3 }), { pageSize: 8 });
  const { serviceApps, orgUrl } = simulator.world;
  const { clientId, privateKey, keyId } = serviceApps[0] ?? fail();
  const opened: GuardedRuntime[] = [];
  const settings = okta.settings.parse({ orgUrl });
  return {
    credentials: { kind: 'private_key_jwt', clientId, privateKey, keyId },
    settings,
    createRuntime(signal) {
      const guarded = createRuntime({
        connector: okta,
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

const okta = connectors.get('okta') ?? fail();
describeConnector(okta, { describe, it, beforeAll, afterAll }, openOkta);

function fail(): never {
  throw new Error('there is no such thing in this test');
}
