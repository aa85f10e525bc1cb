import { generateKeyPairSync } from 'node:crypto';
import { createRandom } from '../github/random.ts';
import { generateDirectory } from './generate-directory.ts';
import type { OktaWorld } from './world.ts';
import type { OktaWorldSize } from './world-size.ts';

/** A deterministic organization, keys aside; the first user is its super administrator, and the token's owner. */
export function generateOktaWorld(size: OktaWorldSize = {}): OktaWorld {
  const { seed = 1, policies = 3, zones = 3, events = 20, now = new Date() } = size;
  const random = createRandom(seed);
  const id = (prefix: string, number: number) => `${prefix}${seed.toString(36)}x${String(number).padStart(14, '0')}`;
  const ago = (hours: number) => new Date(now.getTime() - hours * 3_600_000).toISOString();
  const directory = generateDirectory(size, { random, id, ago });
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const [owner] = directory.users;
  const range = (length: number) => Array.from({ length }, (_, index) => index);
  return {
    orgId: id('00o', 1),
    orgUrl: 'https://acme.okta.com',
    serviceApps: [
      {
        clientId: id('0oa', 999),
        keyId: `key-${seed}`,
        privateKey,
        publicKey,
        scopes: [
          'okta.apiTokens.read',
          'okta.apps.read',
          'okta.authenticators.read',
          'okta.groups.read',
          'okta.logs.read',
          'okta.networkZones.read',
          'okta.orgs.read',
          'okta.policies.read',
          'okta.roles.read',
          'okta.users.read',
        ],
        roles: [{ id: id('irb', 999), type: 'READ_ONLY_ADMIN' }],
      },
    ],
    tokens: range(3).map((number) => ({
      id: id('00T', number),
      secret: `00secret-${seed}-${number}-${random.hex(24)}`,
      userId: owner?.id ?? '',
      name: `token ${number}`,
      createdAt: ago(9000 - number),
      updatedAt: ago(100),
      expiresAt: ago(-700),
    })),
    ...directory,
    policies: (['PASSWORD', 'OKTA_SIGN_ON', 'MFA_ENROLL'] as const).flatMap((type, kind) =>
      range(policies).map((number) => ({
        id: id('00p', kind * 1000 + number),
        type,
        name: `policy ${number}`,
        priority: number + 1,
        groupIds: directory.groups.slice(number, number + 2).map((group) => group.id),
        updatedAt: ago(50),
        minimumLength: random.pick([8, 12, 14]),
        rules: [{ id: id('0pr', number), requiresFactor: random.chance(0.5) }],
        enroll: [
          { key: 'okta_verify' as const, self: random.pick(['REQUIRED', 'OPTIONAL']) },
          { key: 'phone_number' as const, self: 'NOT_ALLOWED' as const },
        ],
      })),
    ),
    authenticators: [
      { id: id('aut', 1), key: 'okta_verify', type: 'app', name: 'Okta Verify', status: 'ACTIVE', updatedAt: ago(50) },
      {
        id: id('aut', 2),
        key: 'okta_password',
        type: 'password',
        name: 'Password',
        status: 'ACTIVE',
        updatedAt: ago(50),
      },
      { id: id('aut', 3), key: 'webauthn', type: 'security_key', name: 'Key', status: 'INACTIVE', updatedAt: ago(50) },
    ],
    zones: range(zones).map((number) => ({
      id: id('nzo', number),
      name: `zone ${number}`,
      usage: random.pick(['POLICY', 'BLOCKLIST']),
      gateways: [`192.0.2.${number % 250}/32`, `198.51.100.${number % 250}/32`],
      updatedAt: ago(50),
    })),
    events: range(events).map((number) => ({
      uuid: `${random.hex(8)}-${random.hex(4)}-11ee-${random.hex(4)}-${String(number).padStart(12, '0')}`,
      published: ago(1 + (events - number) * 0.5),
      eventType: random.pick(['user.session.start', 'user.lifecycle.deactivate', 'policy.rule.update']),
      actorId: random.pick([owner?.id ?? '', directory.users.at(-1)?.id ?? '']),
    })),
  };
}
