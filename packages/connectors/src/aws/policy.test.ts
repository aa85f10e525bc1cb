import { describe, expect, it } from '@jest/globals';
import { aws } from './index.ts';
import { readPolicyDocument, trustPolicyDocument } from './policy.ts';

describe('readPolicyDocument', () => {
  it('asks for the permissions of the chosen streams only, and for nothing that writes', () => {
    const chosen = aws.streams.filter(({ evidence }) => evidence.name === 'aws.password_policy');
    expect(readPolicyDocument(chosen).Statement).toMatchObject([
      { Action: ['iam:GetAccountPasswordPolicy'], Effect: 'Allow' },
    ]);
    const { Action } = readPolicyDocument(aws.streams).Statement[0] as { Action: string[] };
    expect(Action.every((action) => /^[a-z0-9]+:(Get|List|Describe)[A-Za-z]+$/.test(action))).toBe(true);
    expect(Action).toEqual([...new Set(Action)].sort());
  });
});

describe('trustPolicyDocument', () => {
  it('binds the role to the external id', () => {
    const document = trustPolicyDocument({
      principalArn: 'arn:aws:iam::999988887777:user/fleet',
      externalId: 'external-1',
    });
    expect(JSON.stringify(document)).toContain('"sts:ExternalId":"external-1"');
  });
});
