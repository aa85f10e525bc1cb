import type { Counts } from '@evidence-fleet/connector-sdk';
import { connectors } from '@evidence-fleet/connectors';
import {
  generateOktaWorld,
  type OktaWorld,
  type OktaWorldSize,
  oktaTruth,
  startOkta,
  type TrueEvidence,
} from '@evidence-fleet/testbed';
import { arrivalsOf, countEach, countOf, type Provider, type Scale } from './provider.ts';

const sizes: Record<Scale, OktaWorldSize> = {
  large: { users: 10_000, groups: 150, apps: 200, policies: 8, zones: 120, events: 4_000 },
  small: { users: 40, groups: 6, apps: 5, policies: 3, zones: 3, events: 30 },
};
const quotaFactor = 40;

export async function openOkta(scale: Scale): Promise<Provider> {
  const size = sizes[scale];
  const world = generateOktaWorld({ seed: 3, ...size });
  const okta = await startOkta(world);
  const truth = oktaTruth(world);
  return {
    connector: 'okta',
    size: `${size.users} users, ${size.apps} apps, ${size.groups} groups`,
    quotaFactor,
    integration: {
      kind: 'ssws',
      secrets: { token: world.tokens[0]?.secret },
      settings: { orgUrl: world.orgUrl },
      endpoint: okta.url,
    },
    counts: countsOf(world, truth),
    truth,
    requests: okta.requests,
    arrivals: () => arrivalsOf(connectors.get('okta'), okta),
    close: () => okta.close(),
  };
}

function countsOf({ users, policies }: OktaWorld, truth: readonly TrueEvidence[]): Counts {
  const leavers = users.filter(({ status }) => status === 'DEPROVISIONED').length;
  const holders = truth.filter(({ type, key }) => type === 'okta.admin_role' && key[0] === 'user');
  const policiesOf = (kind: string) => policies.filter(({ type }) => type === kind).length;
  return {
    users: users.length - leavers,
    leavers,
    administrators: new Set(holders.map(({ key }) => key[1])).size,
    groups: countOf(truth, 'okta.group'),
    'members of a group': countEach(truth, 'okta.group', 'okta.group_member'),
    apps: countOf(truth, 'okta.app'),
    'people of an app': countEach(truth, 'okta.app', 'okta.app_user'),
    events: countOf(truth, 'okta.log_event'),
    zones: countOf(truth, 'okta.network_zone'),
    'password policies': policiesOf('PASSWORD'),
    'sign-on policies': policiesOf('OKTA_SIGN_ON'),
    'enrollment policies': policiesOf('MFA_ENROLL'),
  };
}
