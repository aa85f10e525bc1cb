import { ok } from '../github/routing.ts';
import { apiTokenBody, authenticatorBody, eventBody, roleBody, zoneBody } from './bodies.ts';
import { policyBody, ruleBody } from './policy-body.ts';
import { byCursor, type Call, notFound, type OktaRoutes, refuse } from './routing.ts';
import { longAgo } from './truth.ts';

/** What protects the organization, and its log: https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/ */
export const securityRoutes: OktaRoutes = [
  [
    '/api/v1/org',
    'okta.orgs.read',
    ({ world }) => ok({ id: world.orgId, companyName: 'Acme', subdomain: 'acme', status: 'ACTIVE', created: longAgo }),
  ],
  ['/oauth2/v1/clients/:id/roles', 'okta.roles.read', clientRoles],
  ['/api/v1/api-tokens', 'okta.apiTokens.read', ({ world }) => ok(world.tokens.map(apiTokenBody))],
  ['/api/v1/api-tokens/:id', 'okta.apiTokens.read', (call) => one(call, call.world.tokens, apiTokenBody)],
  ['/api/v1/policies', 'okta.policies.read', policies],
  ['/api/v1/policies/:id', 'okta.policies.read', (call) => one(call, call.world.policies, policyBody)],
  [
    '/api/v1/policies/:id/rules',
    'okta.policies.read',
    (call) => one(call, call.world.policies, ({ rules }) => rules.map(ruleBody)),
  ],
  [
    '/api/v1/authenticators',
    'okta.authenticators.read',
    ({ world }) => ok(world.authenticators.map(authenticatorBody)),
  ],
  [
    '/api/v1/authenticators/:id',
    'okta.authenticators.read',
    (call) => one(call, call.world.authenticators, authenticatorBody),
  ],
  ['/api/v1/zones', 'okta.networkZones.read', (call) => byCursor(call, call.world.zones, zoneBody)],
  ['/api/v1/zones/:id', 'okta.networkZones.read', (call) => one(call, call.world.zones, zoneBody)],
  ['/api/v1/logs', 'okta.logs.read', events],
];

function one<T extends { readonly id: string }>(call: Call, items: readonly T[], toBody: (item: T) => unknown) {
  const found = items.find(({ id }) => id === call.parameters.id);
  return found === undefined ? notFound() : ok(toBody(found));
}

function policies(call: Call) {
  const type = call.query.get('type');
  if (type === null) return refuse(400, 'E0000001', 'Api validation failed: type');
  return byCursor(
    call,
    call.world.policies.filter((policy) => policy.type === type),
    policyBody,
  );
}

function clientRoles({ world, parameters }: Call) {
  const app = world.serviceApps.find(({ clientId }) => clientId === parameters.id);
  return app === undefined ? notFound() : ok(app.roles.map((role) => roleBody(role, 'CLIENT')));
}

/** Without `until` it would be a query for polling, whose pages never end; the simulator refuses it. */
function events(call: Call) {
  const [since, until] = ['since', 'until'].map((name) => call.query.get(name));
  if (!since || !until) return refuse(400, 'E0000031', 'Invalid search criteria.');
  const found = call.world.events
    .filter(({ published }) => published >= since && published < until)
    .sort((before, after) => (before.published < after.published ? -1 : 1));
  return byCursor(call, found, eventBody);
}
