import { type Connector, ConnectorError } from '@evidence-fleet/connector-sdk';
import { connectors } from '@evidence-fleet/connectors';
import {
  type Database,
  type Integration,
  OrganizationKeyDestroyedError,
  replaceCredential,
  replaceOrganizationKey,
  type SealedIntegration,
  uuid,
} from '@evidence-fleet/db';
import { collectSecrets, type Scrubber } from '@evidence-fleet/service';
import { type OrganizationKey, type Vault, VaultError } from '@evidence-fleet/vault';
import type { z } from 'zod';

/** An integration with its credential in the clear, for one run or check. `close` ends the protection of its secrets in the log. */
export interface OpenIntegration {
  readonly integration: Integration;
  readonly connector: Connector;
  readonly settings: Record<string, unknown>;
  readonly credentials: { readonly kind: string; readonly [field: string]: unknown };
  readonly hmacKey: Uint8Array;
  /** Seals and stores a rotated credential as the next version. */
  saveCredentials(next: unknown): Promise<void>;
  /** Hides secrets that were minted with the credential, too. */
  protect(secrets: readonly string[]): void;
  close(): void;
}

/** The fleet's own outage: nobody knows whether the credential would open. */
export function areKeysAway(error: unknown): boolean {
  return error instanceof VaultError && error.code === 'keys_unavailable';
}

interface Tools {
  readonly database: Database;
  readonly vault: Vault;
  readonly scrubber: Scrubber;
  readonly worker: string;
}

/**
 * Opens an integration's credential; a key under an old key-encryption key is rewrapped on the way.
 * @param stored as it was read for this, which noted that it is opened
 * @throws ConnectorError configuration_error or authentication_failed, with a public sentence, when it cannot be opened
 */
export async function openIntegration(
  { database, vault, scrubber, worker }: Tools,
  stored: SealedIntegration | null,
): Promise<OpenIntegration> {
  if (stored === null) throw new ConnectorError('configuration_error', 'The integration was removed.');
  const { integration } = stored;
  const connector = connectors.get(integration.connector);
  if (connector === undefined) {
    throw new ConnectorError('configuration_error', `This release has no connector ${integration.connector}.`);
  }
  const key = await currentKey(database, vault, stored);
  const opened = await openCredential(vault, key, stored);
  const releases = [scrubber.protect(collectSecrets(opened.secrets))];
  const close = () => {
    for (const release of releases.splice(0)) release();
  };
  try {
    return {
      integration,
      connector,
      settings: parse(connector.settings, integration.settings, 'settings'),
      credentials: parseCredentials(connector, opened.kind, opened.secrets),
      hmacKey: (await vault.derive(key, 'redaction')).reveal(),
      saveCredentials: (next) =>
        saveCredentials({ database, vault, scrubber, worker }, { integration, key, kind: opened.kind, next }),
      protect: (secrets) => void releases.push(scrubber.protect(secrets)),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

async function currentKey(database: Database, vault: Vault, { key }: SealedIntegration): Promise<OrganizationKey> {
  try {
    if (key === null) throw new OrganizationKeyDestroyedError();
    const rewrapped = await vault.rewrap(key);
    if (rewrapped === null) return key;
    await replaceOrganizationKey(database, key, rewrapped);
    return rewrapped;
  } catch (error) {
    throw refused(error);
  }
}

async function openCredential(
  vault: Vault,
  key: OrganizationKey,
  { integration, credential: sealed }: SealedIntegration,
): Promise<{ kind: string; secrets: unknown }> {
  if (sealed === null) throw new ConnectorError('authentication_failed', 'The integration has no credential. Add one.');
  const expected = {
    organizationId: integration.organizationId,
    integrationId: integration.id,
    credentialId: sealed.credentialId,
    version: integration.credentialVersion,
  };
  try {
    const secret = await vault.open(key, sealed, expected);
    return { kind: sealed.kind, secrets: secret.reveal() };
  } catch (error) {
    throw refused(error);
  }
}

/** The sentences of vault and database are public and say what to do. Keys that cannot be asked now say nothing of the integration. */
function refused(error: unknown): unknown {
  if (areKeysAway(error)) return error;
  if (error instanceof VaultError)
    return new ConnectorError('configuration_error', error.message, { providerCode: error.code });
  if (error instanceof OrganizationKeyDestroyedError) return new ConnectorError('configuration_error', error.message);
  return error;
}

function parseCredentials(connector: Connector, kind: string, secrets: unknown): OpenIntegration['credentials'] {
  const auth = connector.auth[kind];
  if (auth === undefined) {
    throw new ConnectorError(
      'configuration_error',
      `${connector.title} does not know credentials of the kind ${kind}.`,
    );
  }
  return { ...parse(auth.secrets, secrets, 'credentials'), kind };
}

/** Names the fields that are wrong, never their values. */
function parse(schema: z.ZodObject, value: unknown, what: string): Record<string, unknown> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fields = result.error.issues.map(({ path, message }) => `${path.join('.') || what}: ${message}`).join('; ');
  throw new ConnectorError('configuration_error', `The integration's ${what} do not fit: ${fields}.`);
}

async function saveCredentials(
  { database, vault, scrubber, worker }: Tools,
  { integration, key, kind, next }: { integration: Integration; key: OrganizationKey; kind: string; next: unknown },
): Promise<void> {
  scrubber.protect(collectSecrets(next)); // for the life of the process: nobody can say when it stops being used
  const address = {
    organizationId: integration.organizationId,
    integrationId: integration.id,
    credentialId: uuid(),
    version: integration.credentialVersion + 1,
  };
  const sealed = await vault.seal(key, address, next);
  if (!(await replaceCredential(database, { ...sealed, kind }, { actor: worker, action: 'credential.rotated' }))) {
    throw new ConnectorError('service_unavailable', 'Another process rotated the credential meanwhile.');
  }
}
