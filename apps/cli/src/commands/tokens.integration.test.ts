import { createDatabase, createOrganization, type Database, findTokenBearer, uuid } from '@evidence-fleet/db';
import { startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { runFleet } from '../testing/run-fleet.ts';

let server: TestDatabase;
let database: Database;
beforeAll(async () => {
  server = await startDatabase();
  database = createDatabase({ url: server.app });
  const id = uuid();
  await createOrganization(
    database,
    { id, slug: 'acme', name: 'Acme' },
    { organizationId: id, keyId: 'none', wrapped: new Uint8Array(1) },
  );
});
afterAll(async () => {
  await database?.close();
  await server?.close();
});

const fleet = (...args: string[]) =>
  runFleet(['tokens', ...args], { env: { DATABASE_URL: server.app, FLEET_ORGANIZATION: 'acme' } });

it('makes a token that is shown once and alone on standard output, lists it without, and revokes it by name', async () => {
  const created = await fleet('create', 'deploys', '--scopes', 'runs:read,syncs:write');
  expect(created).toMatchObject({ code: 0, stdout: expect.stringMatching(/^evf_[\w-]{43}\n$/) });
  const token = created.stdout.trim();
  expect(created.stderr).not.toContain(token);
  expect(await findTokenBearer(database, token)).toMatchObject({
    name: 'deploys',
    scopes: ['syncs:write', 'runs:read'],
    standing: 'valid',
  });

  const taken = await fleet('create', 'deploys', '--scopes', 'runs:read');
  expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining('fleet tokens revoke "deploys"') });
  const listed = await fleet('list', '--json');
  expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'deploys', revokedAt: null, lastUsedAt: null }]);
  expect(listed.stdout).not.toContain(token.slice(4));

  expect(await fleet('revoke', 'deploys')).toMatchObject({ code: 0 });
  expect(await findTokenBearer(database, token)).toMatchObject({ standing: 'revoked' });
  expect(await fleet('revoke', 'deploys')).toMatchObject({ code: 3 });
});

it('says which scopes there are, and refuses a token as an argument without repeating it', async () => {
  const unknown = await fleet('create', 'x', '--scopes', 'everything');
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('syncs:write, runs:read, evidence:read') });
  expect(await fleet('create', 'x', '--scopes', 'runs:read', '--days', '5000')).toMatchObject({ code: 2 });
  const shown = `evf_${'a1'.repeat(21)}b`;
  const refused = await fleet('revoke', shown);
  expect(refused.code).toBe(2);
  expect(refused.stderr).not.toContain(shown);
});
