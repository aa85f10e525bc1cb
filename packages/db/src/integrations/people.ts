import type { Database } from '../database.ts';
import { audit } from './audit.ts';

/** Whose an account at a provider is, says the organization. */
export interface PersonAccount {
  /** Of the provider, e.g. `github`. */
  readonly connector: string;
  /** Login, user name or id by which the provider knows the account; capital letters make no difference. */
  readonly account: string;
  /** Login of the person in the directory; null: the account is no person's. */
  readonly person: string | null;
}

/** Says whose an account is, in place of what was said of it before. It counts from the next judgement on. */
export function mapAccount(database: Database, organizationId: string, of: PersonAccount): Promise<void> {
  const account = of.account.toLowerCase();
  return database.withOrganization(organizationId, async (transaction) => {
    await transaction.$executeRaw`
      INSERT INTO person_account (organization_id, connector, account, person)
      VALUES (${organizationId}::uuid, ${of.connector}, ${account}, ${of.person})
      ON CONFLICT (organization_id, connector, account) DO UPDATE SET person = excluded.person, changed_at = clock_timestamp()`;
    await audit(transaction, organizationId, {
      action: 'person.map',
      subject: `${of.connector}:${account}`,
      details: of.person === null ? {} : { person: of.person },
    });
  });
}

/** @returns whether anything had been said of the account */
export function unmapAccount(
  database: Database,
  organizationId: string,
  { connector, account }: Omit<PersonAccount, 'person'>,
): Promise<boolean> {
  const name = account.toLowerCase();
  return database.withOrganization(organizationId, async (transaction) => {
    const removed = await transaction.$executeRaw`
      DELETE FROM person_account WHERE organization_id = ${organizationId}::uuid AND connector = ${connector} AND account = ${name}`;
    if (removed > 0)
      await audit(transaction, organizationId, { action: 'person.unmap', subject: `${connector}:${name}` });
    return removed > 0;
  });
}

/** A page of what the organization says, in the order of connector and account. */
export function listPeople(
  database: Database,
  organizationId: string,
  { after, limit }: { readonly after?: Omit<PersonAccount, 'person'> | undefined; readonly limit: number },
): Promise<PersonAccount[]> {
  return database.withOrganization(
    organizationId,
    (transaction) => transaction.$queryRaw<PersonAccount[]>`
      SELECT connector, account, person FROM person_account
      WHERE organization_id = ${organizationId}::uuid AND (connector, account) > (${after?.connector ?? ''}, ${after?.account ?? ''})
      ORDER BY connector, account LIMIT ${limit}`,
  );
}

/** How many accounts the organization has said something of. */
export async function countPeople(database: Database, organizationId: string): Promise<number> {
  const [row] = await database.withOrganization(
    organizationId,
    (transaction) => transaction.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM person_account WHERE organization_id = ${organizationId}::uuid`,
  );
  return row?.count ?? 0;
}
