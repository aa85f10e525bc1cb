import { createTestOrganization, startDatabase, type TestDatabase } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import {
  createDatabase,
  createToken,
  type Database,
  findTokenBearer,
  listTokens,
  noteTokenUse,
  revokeToken,
  uuid,
} from '../index.ts';

describe('service tokens', () => {
  let server: TestDatabase;
  let database: Database;
  let superuser: pg.Client;
  let organizationId: string;
  let other: string;

  beforeAll(async () => {
    server = await startDatabase();
    database = createDatabase({ url: server.app });
    superuser = new pg.Client({ connectionString: server.superuser });
    await superuser.connect();
    ({ organizationId } = await createTestOrganization(database));
    ({ organizationId: other } = await createTestOrganization(database));
  });
  afterAll(async () => {
    await superuser?.end();
    await database?.close();
    await server?.close();
  });

  const create = (name: string, organization = organizationId) =>
    createToken(database, { organizationId: organization, name, scopes: ['runs:read'], days: 30, actor: 'cli:ada' });

  it('are found by themselves before any organization is named, and stand nowhere', async () => {
    const { id, token, expiresAt } = await create('deploy');
    expect(token).toMatch(/^evf_[\w-]{43}$/);
    expect(Math.round((expiresAt.getTime() - Date.now()) / 86_400_000)).toBe(30);
    expect(await findTokenBearer(database, token)).toEqual({
      organizationId,
      tokenId: id,
      name: 'deploy',
      scopes: ['runs:read'],
      standing: 'valid',
    });
    const { rows } = await superuser.query<{ text: string }>(
      'SELECT row_to_json(t)::text AS text FROM service_token t UNION ALL SELECT row_to_json(a)::text FROM audit_log a',
    );
    expect(rows.map(({ text }) => text).join('\n')).not.toContain(token.slice(4));
  });

  it('that nobody made, or are none, are found by nobody', async () => {
    const { token } = await create('almost');
    const last = token.endsWith('A') ? 'B' : 'A';
    for (const wrong of [`${token.slice(0, -1)}${last}`, token.slice(0, -1), `x${token}`, '', 'evf_'])
      expect(await findTokenBearer(database, wrong)).toBeNull();
  });

  it('cannot be listed: without a hash, or an organization, the table is empty', async () => {
    await create('unlisted');
    expect(await database.prisma.serviceToken.count()).toBe(0);
    await create('theirs', other);
    expect((await listTokens(database, { organizationId: other })).map(({ name }) => name)).toEqual(['theirs']);
  });

  it('end by revoking and by their date; a name is free again, and the end is written down', async () => {
    const { id, token } = await create('short');
    await expect(create('short')).rejects.toThrow();
    const revoke = { organizationId, nameOrId: 'short', actor: 'cli:bob' };
    expect(await revokeToken(database, { ...revoke, organizationId: other })).toBe(false);
    expect(await revokeToken(database, revoke)).toBe(true);
    expect(await revokeToken(database, { ...revoke, nameOrId: id })).toBe(false);
    expect(await findTokenBearer(database, token)).toMatchObject({ standing: 'revoked' });
    const again = await create('short');
    await superuser.query('UPDATE service_token SET expires_at = now() WHERE id = $1', [again.id]);
    expect(await findTokenBearer(database, again.token)).toMatchObject({ standing: 'expired' });
    const named = async (all: boolean) =>
      (await listTokens(database, { organizationId, all })).filter(({ name }) => name === 'short').length;
    expect([await named(false), await named(true)]).toEqual([0, 2]);
    const { rows } = await superuser.query('SELECT actor, action FROM audit_log WHERE subject = $1 ORDER BY at', [id]);
    expect(rows).toEqual([
      { actor: 'cli:ada', action: 'token.created' },
      { actor: 'cli:bob', action: 'token.revoked' },
    ]);
  });

  it('note their use once a minute', async () => {
    const { id: tokenId } = await create('used');
    const lastUsed = async () =>
      (await listTokens(database, { organizationId })).find(({ id }) => id === tokenId)?.lastUsedAt ?? null;
    expect(await lastUsed()).toBeNull();
    await noteTokenUse(database, { organizationId, tokenId });
    const first = await lastUsed();
    expect(first).not.toBeNull();
    await noteTokenUse(database, { organizationId, tokenId });
    expect(await lastUsed()).toEqual(first);
    await superuser.query(`UPDATE service_token SET last_used_at = now() - interval '61 s' WHERE id = $1`, [tokenId]);
    await noteTokenUse(database, { organizationId, tokenId });
    expect((await lastUsed())?.getTime()).toBeGreaterThanOrEqual(first?.getTime() ?? Number.NaN);
    await noteTokenUse(database, { organizationId, tokenId: uuid() });
  });

  it('keep their hash, scopes and end, whoever asks', async () => {
    const client = new pg.Client({ connectionString: server.app });
    await client.connect();
    await client.query("SELECT set_config('app.organization_id', $1, false)", [organizationId]);
    for (const attempt of [
      "UPDATE service_token SET scopes = '{evidence:read}'",
      'UPDATE service_token SET expires_at = now()',
      'DELETE FROM service_token',
    ])
      await expect(client.query(attempt)).rejects.toThrow(/permission denied/);
    await client.end();
  });
});
