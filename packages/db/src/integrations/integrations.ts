import type { Database, ModelTransaction, Prisma } from '../database.ts';
import type { IntegrationStatus } from '../generated/enums.ts';
import { audit } from './audit.ts';
import { agesAt } from './credential-dates.ts';

/** A schedule is an interval or a cron expression with its zone. */
interface StoredSchedule {
  readonly intervalMinutes: number | null;
  readonly cron: string | null;
  readonly timeZone: string | null;
}

export interface Integration extends StoredSchedule {
  readonly organizationId: string;
  readonly id: string;
  readonly connector: string;
  readonly name: string;
  readonly settings: Record<string, unknown>;
  readonly endpoint: string | null;
  readonly status: IntegrationStatus;
  readonly statusReason: string | null;
  readonly accountId: string | null;
  readonly accountTitle: string | null;
  readonly quotaScope: string | null;
  readonly grants: readonly string[];
  readonly credentialVersion: number;
  readonly nextSyncAt: Date | null;
  /** Not synced until this run is redriven: it ended its workers. */
  readonly quarantinedRunId: string | null;
  /** Runs in a row that ended in an outage of the provider, since when, and why (a public sentence). */
  readonly syncFailures: number;
  readonly failingSince: Date | null;
  readonly failingReason: string | null;
  /** The breaker is open: the next scheduled sync is a trial, not before then. */
  readonly breakerUntil: Date | null;
  /** From then on a source forgets what no pass has read, and of which evidence type; null: its sources forget nothing. */
  readonly forgetsAt: Date | null;
  readonly forgetsType: string | null;
  /** When its credential ends, as the provider says; null: it does not say. */
  readonly credentialExpiresAt: Date | null;
  readonly createdAt: Date;
}

/** A credential version as the vault sealed it. */
export interface StoredCredential {
  readonly organizationId: string;
  readonly integrationId: string;
  readonly credentialId: string;
  readonly version: number;
  readonly kind: string;
  readonly wrappedKey: Uint8Array;
  readonly sealed: Uint8Array;
}

export interface NewIntegration extends StoredSchedule {
  readonly organizationId: string;
  /** Made by the caller, since the credential is sealed for it. */
  readonly id: string;
  readonly connector: string;
  readonly name: string;
  readonly settings: Record<string, unknown>;
  readonly endpoint: string | null;
  readonly account: {
    readonly id: string;
    readonly title: string;
    readonly quotaScope: string;
    readonly grants: readonly string[];
  } | null;
  readonly credential: StoredCredential;
  readonly nextSyncAt: Date | null;
}

/** What an integration is read by. */
export const columns = {
  organizationId: true,
  id: true,
  connector: true,
  name: true,
  settings: true,
  endpoint: true,
  status: true,
  statusReason: true,
  accountId: true,
  accountTitle: true,
  quotaScope: true,
  grants: true,
  credentialVersion: true,
  intervalMinutes: true,
  cron: true,
  timeZone: true,
  nextSyncAt: true,
  quarantinedRunId: true,
  syncFailures: true,
  failingSince: true,
  failingReason: true,
  breakerUntil: true,
  forgetsAt: true,
  forgetsType: true,
  credentialExpiresAt: true,
  createdAt: true,
} as const satisfies Prisma.IntegrationSelect;

/** Stores an integration and the first version of its credential. Throws when the name is taken (unique violation). */
export async function addIntegration(database: Database, integration: NewIntegration): Promise<void> {
  const { account, credential, settings, ...rest } = integration;
  await database.withOrganization(integration.organizationId, async (transaction) => {
    await transaction.integration.create({
      data: {
        ...rest,
        settings: settings as Prisma.InputJsonObject, // parsed by the connector's schema, which knows JSON only
        status: account === null ? 'pending' : 'active',
        accountId: account?.id ?? null,
        accountTitle: account?.title ?? null,
        quotaScope: account?.quotaScope ?? null,
        grants: [...(account?.grants ?? [])],
        credentialVersion: credential.version,
        nextHealthAt: new Date(),
      },
      select: { id: true },
    });
    await insertCredential(transaction, credential);
    await armAge(transaction, credential);
    await audit(transaction, integration.organizationId, {
      action: 'integration.added',
      subject: integration.id,
      details: { connector: integration.connector, name: integration.name },
    });
  });
}

async function insertCredential(transaction: ModelTransaction, credential: StoredCredential): Promise<void> {
  const { credentialId, wrappedKey, sealed, ...rest } = credential;
  await transaction.credential.create({
    data: { ...rest, id: credentialId, wrappedKey: Uint8Array.from(wrappedKey), sealed: Uint8Array.from(sealed) },
    select: { id: true },
  });
}

/** A new credential is young, and when it ends is not known before its first check. */
async function armAge(
  transaction: ModelTransaction,
  { organizationId, integrationId }: Pick<StoredCredential, 'organizationId' | 'integrationId'>,
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE integration SET credential_ages_at = ${agesAt}, credential_expires_at = NULL, credential_expiry_warns_at = NULL
    WHERE organization_id = ${organizationId}::uuid AND id = ${integrationId}::uuid`;
}

export async function listIntegrations(database: Database, organizationId: string): Promise<Integration[]> {
  return database.withOrganization(organizationId, async (transaction) => {
    const rows = await transaction.integration.findMany({
      where: { removedAt: null },
      select: columns,
      orderBy: { name: 'asc' },
    });
    return rows.map(toIntegration);
  });
}

/** By id or by name. */
export async function findIntegration(
  database: Database,
  organizationId: string,
  nameOrId: string,
): Promise<Integration | null> {
  const byId = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(nameOrId);
  return database.withOrganization(organizationId, async (transaction) => {
    const row = await transaction.integration.findFirst({
      where: { removedAt: null, ...(byId ? { id: nameOrId } : { name: nameOrId }) },
      select: columns,
    });
    return row === null ? null : toIntegration(row);
  });
}

/** As `columns` selects it. */
export function toIntegration(row: Prisma.IntegrationGetPayload<{ select: typeof columns }>): Integration {
  return { ...row, settings: row.settings as Record<string, unknown> }; // written by addIntegration only, always an object
}

type Named = Pick<Integration, 'organizationId' | 'id' | 'credentialVersion'>;

/** Of the credential that the integration names now; null when it has been destroyed. */
export async function readCredentialKind(database: Database, integration: Named): Promise<string | null> {
  const row = await database.withOrganization(integration.organizationId, (transaction) =>
    transaction.credential.findFirst({
      where: { integrationId: integration.id, version: integration.credentialVersion },
      select: { kind: true },
    }),
  );
  return row?.kind ?? null;
}

/**
 * The credential that the integration names now, for a person who opens it: that is audited in the same transaction.
 * @returns null when it has been destroyed
 */
export async function readSealedCredential(
  database: Database,
  integration: Named,
  actor: string,
): Promise<StoredCredential | null> {
  return database.withOrganization(integration.organizationId, async (transaction) => {
    const row = await transaction.credential.findFirst({
      where: { integrationId: integration.id, version: integration.credentialVersion },
    });
    if (row === null) return null;
    await audit(transaction, integration.organizationId, {
      actor,
      action: 'credential.opened',
      subject: integration.id,
      details: { version: row.version },
    });
    const { id, createdAt: _, ...rest } = row;
    return { ...rest, credentialId: id };
  });
}

/** Who replaces a credential: a person, or the provider in the middle of a worker's call. */
export interface CredentialReplacement {
  readonly actor: string;
  readonly action: 'credential.updated' | 'credential.rotated';
}

/**
 * Stores a credential as the next version, provided the version before is still the current one, and destroys that. Audited.
 * @returns false when somebody else stored a newer version meanwhile
 */
export async function replaceCredential(
  database: Database,
  credential: StoredCredential,
  by: CredentialReplacement,
): Promise<boolean> {
  return database.withOrganization(credential.organizationId, async (transaction) => {
    const { count } = await transaction.integration.updateMany({
      where: { id: credential.integrationId, removedAt: null, credentialVersion: credential.version - 1 },
      data: { credentialVersion: credential.version },
    });
    if (count === 0) return false;
    await insertCredential(transaction, credential);
    await armAge(transaction, credential);
    await transaction.credential.deleteMany({
      where: { integrationId: credential.integrationId, version: { lt: credential.version } },
    });
    await audit(transaction, credential.organizationId, {
      ...by,
      subject: credential.integrationId,
      details: { version: credential.version, kind: credential.kind },
    });
    return true;
  });
}
