import { uuid } from '@evidence-fleet/db';
import { createVault, parseKeyring } from '@evidence-fleet/vault';
import type pg from 'pg';
import type { World } from './world.ts';

export interface Target {
  readonly organizationId: string;
  readonly integrationId: string;
}

/** Makes organizations for cases: fresh ones, and copies of a baseline. */
export interface Cloner {
  /** An organization with one integration that was never synced. */
  fresh(world: Pick<World, 'connector' | 'kind' | 'secrets' | 'settings'>, endpoint: string): Promise<Target>;
  /** A copy of the baseline with everything its ledger holds; ids stay, because every key leads with the organization. */
  copy(world: World, endpoint: string): Promise<Target>;
}

/** What a sync leaves behind, in the order of its foreign keys. */
const ledger = [
  'sync_run',
  'stream_run',
  'evidence',
  'evidence_head',
  'gap',
  'finding',
  'verdict',
  'judgement',
  'judged_population',
];

export async function createCloner(superuser: pg.Pool, keyring: string): Promise<Cloner> {
  const vault = createVault(parseKeyring(keyring));
  const columns = await readColumns(superuser, ['integration', ...ledger]);

  /** A credential sealed anew: the old one opens in its own organization only. */
  async function statements(world: Parameters<Cloner['fresh']>[0], { organizationId, integrationId }: Target) {
    const key = await vault.createOrganizationKey(organizationId);
    const address = { organizationId, integrationId, credentialId: uuid(), version: 1 };
    const sealed = await vault.seal(key, address, world.secrets);
    const bytes = (value: Uint8Array) => `'\\x${Buffer.from(value).toString('hex')}'`;
    return {
      organization: `INSERT INTO organization (id, slug, name) VALUES ('${organizationId}', '${organizationId}', 'case');
        INSERT INTO organization_key (organization_id, key_id, wrapped) VALUES ('${organizationId}', '${key.keyId}', ${bytes(key.wrapped)});`,
      credential: `INSERT INTO credential (organization_id, id, integration_id, version, kind, wrapped_key, sealed)
        VALUES ('${organizationId}', '${address.credentialId}', '${integrationId}', 1, '${world.kind}', ${bytes(sealed.wrappedKey)}, ${bytes(sealed.sealed)});`,
    };
  }

  return {
    async fresh(world, endpoint) {
      const target = { organizationId: uuid(), integrationId: uuid() };
      const { organization, credential } = await statements(world, target);
      await superuser.query(`${organization}
        INSERT INTO integration (organization_id, id, connector, name, settings, endpoint, credential_version)
        VALUES ('${target.organizationId}', '${target.integrationId}', '${world.connector}', 'case', '${JSON.stringify(world.settings)}', '${endpoint}', 1);
        ${credential}`);
      return target;
    },
    async copy(world, endpoint) {
      const { organizationId: from, integrationId } = world.baseline;
      const target = { organizationId: uuid(), integrationId };
      const { organization, credential } = await statements(world, target);
      const copies = ['integration', ...ledger].map((table) => {
        const names = columns.get(table) ?? [];
        const values = names.map((name) =>
          name === '"organization_id"' ? `'${target.organizationId}'` : name === '"endpoint"' ? `'${endpoint}'` : name,
        );
        return `INSERT INTO ${table} (${names.join()}) SELECT ${values.join()} FROM ${table} WHERE organization_id = '${from}'`;
      });
      await superuser.query(`${organization} ${copies.slice(0, 1)}; ${credential} ${copies.slice(1).join(';')}`);
      return target;
    },
  };
}

async function readColumns(superuser: pg.Pool, tables: readonly string[]): Promise<Map<string, string[]>> {
  const { rows } = await superuser.query<{ table: string; names: string[] }>(
    `SELECT table_name AS table, array_agg(quote_ident(column_name)) AS names FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = ANY($1) AND is_generated = 'NEVER' GROUP BY 1`,
    [tables],
  );
  return new Map(
    rows.map(({ table, names }) => [table, names.map((name) => (name.startsWith('"') ? name : `"${name}"`))]),
  );
}
