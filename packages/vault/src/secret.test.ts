import { format, inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Secret } from './secret.ts';

describe('Secret', () => {
  const secret = Secret.of({ token: 'planted-secret-value' });

  it('gives its value only to reveal()', () => {
    expect(secret.reveal()).toEqual({ token: 'planted-secret-value' });
  });

  it.each([
    ['template', () => `${secret}`],
    ['concatenation', () => `x${String(secret)}`],
    ['number', () => String(Number(secret))],
    ['JSON', () => JSON.stringify({ deep: [secret], map: { secret } })],
    ['console format', () => format('%s %o %O %j', secret, secret, secret, secret)],
    ['inspect', () => inspect({ secret }, { depth: 9, showHidden: true })],
    ['inspect without custom', () => inspect(secret, { customInspect: false, showHidden: true, getters: true })],
    ['structuredClone', () => JSON.stringify(structuredClone({ secret }))],
    ['spread', () => JSON.stringify({ ...secret })],
    ['keys', () => JSON.stringify([Object.getOwnPropertyNames(secret), Object.values(secret)])],
    ['error', () => inspect(new Error(`failed with ${secret}`, { cause: secret }))],
  ])('does not print by %s', (_way, print) => {
    expect(print()).not.toContain('planted');
  });
});
