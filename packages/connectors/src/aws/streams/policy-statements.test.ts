import { describe, expect, it } from '@jest/globals';
import { judgeStatements, judgeTrust, readStatements } from './policy-statements.ts';

const own = '111122223333';
const other = '444455556666';

function read(...statements: object[]) {
  const encoded = encodeURIComponent(JSON.stringify({ Version: '2012-10-17', Statement: statements }));
  return readStatements(encoded) ?? [];
}

describe('judgeStatements', () => {
  const nothing = { allowsAllOnAll: false, wholeServices: [], passesAnyRole: false, assumesAnyRole: false };

  it.each([
    ['all on all', { Action: '*', Resource: '*' }, { allowsAllOnAll: true, passesAnyRole: true, assumesAnyRole: true }],
    ['all on all, in a list', { Action: ['s3:Get*', '*:*'], Resource: ['*'] }, { allowsAllOnAll: true }],
    ['all on one bucket', { Action: '*', Resource: 'arn:aws:s3:::one' }, nothing],
    [
      'whole services',
      { Action: ['S3:*', 'iam:*'], Resource: '*' },
      { wholeServices: ['iam', 's3'], passesAnyRole: true },
    ],
    ['a pattern', { Action: 'iam:Pass*', Resource: '*' }, { ...nothing, passesAnyRole: true }],
    ['a pattern of one letter', { Action: 'sts:AssumeRol?', Resource: '*' }, { ...nothing, assumesAnyRole: true }],
    ['all but', { NotAction: 'iam:*', Resource: '*' }, { ...nothing, allowsByException: true }],
  ])('reads %s', (_, statement, expected) => {
    expect(judgeStatements(read({ Effect: 'Allow', ...statement }))).toMatchObject(expected);
  });

  it('takes no denial for a permission', () => {
    const denial = { Effect: 'Deny', Action: '*', Resource: '*' };
    expect(judgeStatements(read(denial))).toMatchObject({ ...nothing, statements: 1, allowsByException: false });
  });

  it('knows what is no policy document', () => {
    expect(readStatements('%')).toBeNull();
    expect(readStatements('{')).toBeNull();
    expect(readStatements(encodeURIComponent('{"Statement":[{"Effect":"Perhaps"}]}'))).toBeNull();
    expect(
      readStatements(encodeURIComponent('{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}')),
    ).toHaveLength(1);
  });
});

describe('judgeTrust', () => {
  const trust = (...statements: object[]) =>
    judgeTrust(read(...statements.map((one) => ({ Effect: 'Allow', Action: 'sts:AssumeRole', ...one }))), own);
  const withId = { Condition: { StringEquals: { 'sts:ExternalId': 'x' } } };

  it('names services, federations and accounts apart', () => {
    expect(
      trust(
        { Principal: { Service: ['lambda.amazonaws.com', 'ec2.amazonaws.com'] } },
        { Principal: { Federated: 'cognito-identity.amazonaws.com' } },
        { Principal: { AWS: [`arn:aws:iam::${own}:root`, other] } },
      ),
    ).toEqual({
      trustedServices: ['ec2.amazonaws.com', 'lambda.amazonaws.com'],
      trustedPrincipals: [other, `arn:aws:iam::${own}:root`],
      trustedFederations: ['cognito-identity.amazonaws.com'],
      foreignAccountIds: [other],
      trustsAnybody: false,
      requiresExternalId: false,
    });
  });

  it('asks every statement that trusts another account for an external id', () => {
    const foreign = { Principal: { AWS: `arn:aws:iam::${other}:role/audit` } };
    expect(trust({ ...foreign, ...withId }).requiresExternalId).toBe(true);
    expect(trust({ ...foreign, ...withId }, foreign).requiresExternalId).toBe(false);
    expect(trust({ Principal: { AWS: own } }).requiresExternalId).toBeNull();
  });

  it.each([['*'], [{ AWS: '*' }], [{ AWS: ['*', own] }]])('sees that %j is everybody', (Principal) => {
    expect(trust({ Principal, ...withId })).toMatchObject({ trustsAnybody: true });
  });

  it('takes the id of a principal that is gone for no account', () => {
    expect(trust({ Principal: { AWS: 'AROAEXAMPLEOFAGONEROLE' } })).toMatchObject({ foreignAccountIds: [] });
  });
});
