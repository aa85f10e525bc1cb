import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { generateKey, parseKeyring } from './keyring.ts';
import { VaultError } from './vault-error.ts';

const material = Buffer.alloc(32, 0xab).toString('base64');
const other = Buffer.alloc(32, 0xcd).toString('base64');

describe('keyring', () => {
  it('takes the first key as the primary one, whatever separates the entries', () => {
    expect(parseKeyring(`k2:${material},k1:${other}`).primaryKeyId).toBe('k2');
    expect(parseKeyring(`\n2026-01.a:${material}\n k1:${other},\n`).primaryKeyId).toBe('2026-01.a');
  });

  it('reads back every key it generates, each a new one', () => {
    const entries = ['a', 'b', 'c'].map(generateKey);
    expect(parseKeyring(entries.join(',')).primaryKeyId).toBe('a');
  });

  it.each([
    ['empty', ''],
    ['only separators', ' ,\n'],
    ['no id', material],
    ['empty id', `:${material}`],
    ['key in the place of the id', `${material}:${material}`],
    ['empty key', 'k1:'],
    ['short key', `k1:${Buffer.alloc(31, 0xab).toString('base64')}`],
    ['long key', `k1:${Buffer.alloc(33, 0xab).toString('base64')}`],
    ['damaged key', `k1:${material.replace('r', '!')}`],
    ['key without padding', `k1:${material.slice(0, -1)}`],
    ['repeated id', `k1:${material},k1:${other}`],
    ['one key under two ids', `k1:${material},k2:${material}`],
  ])('refuses a keyring: %s, without quoting a key', (_case, text) => {
    let caught: unknown;
    try {
      parseKeyring(text);
    } catch (error) {
      caught = error;
    }
    if (!(caught instanceof VaultError)) throw new Error('it was accepted');
    expect(caught.code).toBe('bad_keyring');
    expect(caught.message).not.toContain(material.slice(0, 8));
  });

  it('refuses a bad id for a new key', () => {
    for (const id of ['', 'a:b', 'a,b', '-a', 'a'.repeat(64)]) expect(() => generateKey(id)).toThrow(VaultError);
  });

  it('wraps 32-byte keys only', async () => {
    await expect(parseKeyring(generateKey('k1')).wrap(new Uint8Array(31), 'org-a')).rejects.toThrow(TypeError);
  });

  it('does not print its keys', () => {
    const ring = parseKeyring(`k1:${material}`);
    expect(inspect(ring, { depth: 9, showHidden: true }) + JSON.stringify(ring)).not.toContain(material.slice(0, 8));
  });
});
