import type { EvidenceType, Row, Stream } from '@evidence-fleet/connector-sdk';
import {
  type Collected,
  collectStream,
  generateOktaWorld,
  materialOf,
  type OktaSimulator,
  type OktaWorld,
  oktaTruth,
  startOkta,
  testRuntime,
} from '@evidence-fleet/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Okta } from '../client.ts';
import { okta } from '../index.ts';

let simulator: OktaSimulator;
beforeAll(async () => {
  simulator = await startOkta(generateOktaWorld({ seed: 7 }), { pageSize: 5 });
});
afterEach(() => simulator.faults.clear());
afterAll(() => simulator.close());

function connect(): Promise<Okta> | Okta {
  const settings = okta.settings.parse({ orgUrl: simulator.world.orgUrl });
  const credentials = { kind: 'ssws', token: simulator.world.tokens[0]?.secret ?? '' } as const;
  return okta.connect({ credentials, settings }, testRuntime({ connector: okta, endpoint: simulator.url }));
}

/** Key and material of every row, in one order, to compare whole collections. */
function contentOf<E extends EvidenceType>({ evidence }: Stream<Okta, E>, { rows }: Pick<Collected<Row<E>>, 'rows'>) {
  return byKey(
    rows.map((row) => ({ key: evidence.key.map((field) => row[field]), material: materialOf(evidence, row) })),
  );
}

function truthOf(world: OktaWorld, type: string) {
  return byKey(oktaTruth(world).flatMap(({ type: one, key, material }) => (one === type ? [{ key, material }] : [])));
}

function byKey<T extends { readonly key: unknown }>(list: readonly T[]): T[] {
  return list.toSorted((one, other) => (JSON.stringify(one.key) < JSON.stringify(other.key) ? -1 : 1));
}

/** The stream, the scope that a refusal of its listing names, and a call that fits it. */
const refusals: readonly (readonly [type: string, scope: string, match: RegExp])[] = [
  ['okta.admin_role', 'okta.roles.read', /\/assignees\/users/],
  ['okta.api_token', 'okta.apiTokens.read', /\/api-tokens/],
  ['okta.app', 'okta.apps.read', /\/apps\?/],
  ['okta.app_user', 'okta.apps.read', /\/apps\/[^/]+\/users/],
  ['okta.authenticator', 'okta.authenticators.read', /\/authenticators/],
  ['okta.group', 'okta.groups.read', /\/groups\?/],
  ['okta.group_member', 'okta.groups.read', /\/groups\/[^/]+\/users/],
  ['okta.log_event', 'okta.logs.read', /\/logs/],
  ['okta.mfa_enroll_policy', 'okta.policies.read', /\/policies/],
  ['okta.network_zone', 'okta.networkZones.read', /\/zones/],
  ['okta.password_policy', 'okta.policies.read', /\/policies/],
  ['okta.sign_on_policy', 'okta.policies.read', /\/rules/],
  ['okta.user', 'okta.users.read', /\/users\?/],
  ['okta.user_factor', 'okta.users.read', /\/factors/],
];

describe.each(refusals)('%s', (name, scope, match) => {
  const stream = streamOf(name);

  it('shows exactly what the world holds, past the first page', async () => {
    const collected = await collectStream(stream, await connect());
    expect(collected.gaps).toEqual([]);
    expect(contentOf(stream, collected)).toEqual(truthOf(simulator.world, name));
  });

  it('names the scope that a refusal asks for', async () => {
    const body = { errorCode: 'E0000006', errorSummary: 'You do not have permission' };
    simulator.faults.add({ kind: 'status', status: 403, body, match, times: Number.POSITIVE_INFINITY });
    const told = await collectStream(stream, await connect()).then(
      ({ gaps }) => gaps.map(({ reason, detail }) => `${reason} ${detail}`),
      (error: Error & { code?: string }) => [`${error.code} ${error.message}`],
    );
    expect(told.length).toBeGreaterThan(0);
    for (const sentence of told) expect(sentence).toMatch(new RegExp(`^permission_denied .*${scope}`));
    expect(stream.permissions).toContain(scope);
  });

  it('skips nothing when a broken pass is taken up', async () => {
    const client = await connect();
    const whole = await collectStream(stream, client);
    const rows = new Map<string, Row<EvidenceType>>();
    for (const { token: resume } of whole.checkpoints) {
      const rest = await collectStream(stream, client, { resume });
      expect(rest.gaps).toEqual([]);
      expect(rest.rows.length).toBeLessThan(whole.rows.length);
      for (const row of rest.rows) rows.set(JSON.stringify(stream.evidence.key.map((field) => row[field])), row);
    }
    const known = new Set(contentOf(stream, whole).map(({ key }) => JSON.stringify(key)));
    for (const key of rows.keys()) expect(known).toContain(key);
  });
});

describe('a list that may be a part', () => {
  it.each(refusals.map(([name]) => name))('of %s is a gap to a role that sees some things only', async (name) => {
    const at = '2026-01-01T00:00:00.000Z';
    const body = [{ id: 'r', type: 'USER_ADMIN', label: 'x', status: 'ACTIVE', created: at, lastUpdated: at }];
    const { id } = simulator.world.users.find((one) => one.login === 'person-0@example.com') ?? fail();
    const match = new RegExp(`/users/${id}/roles`);
    simulator.faults.add({ kind: 'body', body, match, times: Number.POSITIVE_INFINITY });
    const { gaps } = await collectStream(streamOf(name), await connect());
    expect(gaps).toContainEqual(expect.objectContaining({ scope: '*', reason: 'permission_denied' }));
  });

  it.each(['okta.user', 'okta.group_member'])('of %s is a gap where Okta counts more', async (name) => {
    const match = name === 'okta.user' ? /\/users\?limit=200$/ : /\/groups\/[^/]+\/users/;
    simulator.faults.add({ kind: 'status', status: 200, body: [], headers: { link: '' }, match });
    const { gaps } = await collectStream(streamOf(name), await connect());
    expect(gaps).toMatchObject([{ reason: 'incomplete' }]);
  });

  it('of factors is held against the number of users', async () => {
    const { expected, rows } = await collectStream(streamOf('okta.user_factor'), await connect());
    expect(expected.map(({ total }) => total)).toEqual([rows.length]);
  });
});

describe('a probe', () => {
  it.each(refusals.flatMap(([name]) => (streamOf(name).probe === undefined ? [] : [name])))(
    'of %s tells what is there from what is gone, and neither from a gateway',
    async (name) => {
      const stream = streamOf(name);
      const client = await connect();
      const row = (await collectStream(stream, client)).rows[0] ?? fail();
      const context = { slice: { id: '' }, since: undefined, resume: undefined, signal: new AbortController().signal };
      expect(
        contentOf(stream, { rows: [stream.evidence.schema.parse(await stream.probe?.(client, row, context))] }),
      ).toEqual(contentOf(stream, { rows: [row] }));
      const gone = { errorCode: 'E0000007', errorSummary: 'Not found' };
      simulator.faults.add({ kind: 'status', status: 404, body: gone, match: /./ });
      expect(await stream.probe?.(client, row, context)).toBeNull();
      simulator.faults.add({ kind: 'status', status: 404, body: '<html></html>', match: /./ });
      await expect(stream.probe?.(client, row, context)).rejects.toThrow();
    },
  );
});

describe('okta.log_event', () => {
  it('reads again only what came since', async () => {
    const last =
      simulator.world.events
        .map(({ published }) => published)
        .sort()
        .at(-2) ?? fail();
    const { rows } = await collectStream(streamOf('okta.log_event'), await connect(), { since: last });
    expect(rows.length).toBe(2);
  });
});

describe('okta.user_factor', () => {
  it('does not ask for the factors of leavers, and keeps one gap for one user who is refused', async () => {
    const user = simulator.world.users.find(({ status }) => status === 'SUSPENDED' || status === 'ACTIVE') ?? fail();
    simulator.requests.length = 0;
    simulator.faults.add({ kind: 'status', status: 403, match: new RegExp(`/users/${user.id}/factors`) });
    const { gaps } = await collectStream(streamOf('okta.user_factor'), await connect());
    expect(gaps).toMatchObject([{ scope: `user:${user.id}`, key: [user.id], reason: 'permission_denied' }]);
    const asked = simulator.requests.filter(({ path }) => path.endsWith('/factors')).length;
    expect(asked).toBe(simulator.world.users.filter(({ status }) => status !== 'DEPROVISIONED').length);
  });
});

function streamOf(name: string): Stream<Okta> {
  return (okta.streams as readonly Stream<Okta>[]).find(({ evidence }) => evidence.name === name) ?? fail();
}

function fail(): never {
  throw new Error('there is no such thing in this test');
}
