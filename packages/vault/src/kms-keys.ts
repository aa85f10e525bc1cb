import type { KMSClient } from '@aws-sdk/client-kms';
import { createKeyCache } from './key-cache.ts';
import type { KeyProvider } from './key-provider.ts';
import { VaultError } from './vault-error.ts';

const keyBytes = 32;
const arnPattern = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:key\/[A-Za-z0-9-]+$/;

export interface KmsOptions {
  /** Opens what was wrapped under keys that are none of KMS. */
  readonly others?: KeyProvider;
  /** Longest time that an unwrapped key is kept in memory; milliseconds. */
  readonly keepMs?: number;
}

const defaultKeepMs = 5 * 60_000;
const mostKept = 10_000;

/**
 * Key-encryption keys that never leave AWS KMS. Each wrap carries the organization as encryption context, which KMS authenticates and
 * CloudTrail records. Only keys that are named here are asked: a row that names another one would have the fleet seal under a key of
 * somebody else's. The process' own AWS credentials are used.
 * @param text ARNs of symmetric keys, the primary one first, separated by commas or white space
 * @throws VaultError bad_keyring
 */
export function createKmsKeys(text: string, { others, keepMs = defaultKeepMs }: KmsOptions = {}): KeyProvider {
  const arns = text.split(/[\s,]+/).filter((part) => part !== '');
  arns.forEach(requireArn);
  const [primaryKeyId] = arns;
  if (primaryKeyId === undefined) throw badKeys('FLEET_KMS_KEY names no key.');
  const cache = createKeyCache({ keepMs, most: mostKept });
  const clients = new Map<string, Promise<KMSClient>>();
  const clientOf = (arn: string): Promise<KMSClient> => {
    const region = regionOf(arn);
    const client = clients.get(region) ?? createClient(region);
    clients.set(region, client);
    return client;
  };
  return {
    primaryKeyId,
    async wrap(plaintext, organizationId) {
      if (plaintext.length !== keyBytes) throw new TypeError(`KMS wraps keys of ${keyBytes} bytes here.`);
      const { EncryptCommand } = await import('@aws-sdk/client-kms');
      const client = await clientOf(primaryKeyId);
      const EncryptionContext = contextOf(organizationId);
      const answer = await asked(primaryKeyId, () =>
        client.send(new EncryptCommand({ KeyId: primaryKeyId, Plaintext: plaintext, EncryptionContext })),
      );
      if (answer.CiphertextBlob === undefined) throw new Error('KMS answered without a ciphertext.');
      return { keyId: primaryKeyId, wrapped: answer.CiphertextBlob };
    },
    async unwrap(keyId, wrapped, organizationId) {
      if (!keyId.startsWith('arn:') && others !== undefined) return others.unwrap(keyId, wrapped, organizationId);
      if (!arns.includes(keyId)) throw unknownKey(keyId);
      return cache.get([keyId, wrapped, organizationId], async () => {
        const { DecryptCommand } = await import('@aws-sdk/client-kms');
        const client = await clientOf(keyId);
        const EncryptionContext = contextOf(organizationId);
        const answer = await asked(keyId, () =>
          client.send(new DecryptCommand({ KeyId: keyId, CiphertextBlob: wrapped, EncryptionContext })),
        );
        if (answer.Plaintext?.length !== keyBytes) throw tampered();
        return answer.Plaintext;
      });
    },
  };
}

/** A tick of patience for a service that answers in milliseconds: whoever waits holds a sync. */
async function createClient(region: string): Promise<KMSClient> {
  const { KMSClient } = await import('@aws-sdk/client-kms');
  return new KMSClient({ region, maxAttempts: 3, requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000 } });
}

function contextOf(organizationId: string): Record<string, string> {
  return { 'evidence-fleet:purpose': 'organization-key', 'evidence-fleet:organization': organizationId };
}

/** https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html#API_Decrypt_Errors */
async function asked<T>(arn: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'InvalidCiphertextException' || name === 'IncorrectKeyException') throw tampered();
    throw new VaultError(
      'keys_unavailable',
      `AWS KMS did not use the key ${arn}: ${reasons[name] ?? unreachable(arn, name)}`,
    );
  }
}

const reasons: Readonly<Record<string, string>> = {
  AccessDeniedException:
    'this process may not. Allow its role kms:Encrypt and kms:Decrypt on the key, in its policy and in that of the key.',
  UnrecognizedClientException: 'it does not know the AWS credentials of this process. Check them.',
  ExpiredTokenException: 'the AWS credentials of this process have expired. Renew them.',
  CredentialsProviderError: 'this process has no AWS credentials. Give it a role, or keys in its environment.',
  NotFoundException: 'there is no such key. Check FLEET_KMS_KEY, account and region included.',
  DisabledException: 'the key is disabled. Enable it.',
  KMSInvalidStateException:
    'the key cannot be used in its state, e.g. because it is to be deleted. Cancel that, and enable it.',
  InvalidKeyUsageException: 'it is no key for encryption. Name a symmetric key.',
};

function unreachable(arn: string, name: string): string {
  return `it cannot be reached in ${regionOf(arn)}, or is in trouble (${name || 'no answer'}). It is tried again.`;
}

function regionOf(arn: string): string {
  return arnPattern.exec(arn)?.[1] ?? '';
}

function requireArn(arn: string, index: number): void {
  if (arnPattern.test(arn)) return;
  throw badKeys(
    `Entry ${index + 1} of FLEET_KMS_KEY is no ARN of a key. Write it as arn:aws:kms:<region>:<account>:key/<id>; an alias will not do, because it may be pointed to another key.`,
  );
}

function badKeys(message: string): VaultError {
  return new VaultError('bad_keyring', message);
}

function unknownKey(keyId: string): VaultError {
  return new VaultError(
    'unknown_key',
    `The organization's key is wrapped under "${keyId}", which neither FLEET_KMS_KEY nor the keyring holds. Put that key back (behind the primary one) and rotate before removing it.`,
  );
}

function tampered(): VaultError {
  return new VaultError(
    'tampered',
    "The organization's key is not what KMS wrapped for this organization: the row was changed or moved. Restore it from a backup.",
  );
}
