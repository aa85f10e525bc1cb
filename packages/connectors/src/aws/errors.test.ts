import { ConnectorError } from '@evidence-fleet/connector-sdk';
import { describe, expect, it } from '@jest/globals';
import { awsError } from './errors.ts';

const now = new Date('2026-01-01T00:00:00Z');

function sdkError(name: string, status: number, message = name, headers: Record<string, string> = {}): Error {
  return Object.assign(new Error(message), {
    name,
    $metadata: { httpStatusCode: status },
    $response: { statusCode: status, headers },
  });
}

describe('awsError', () => {
  it.each([
    ['ExpiredToken', 403, 'authentication_failed'],
    ['UnrecognizedClientException', 400, 'authentication_failed'],
    ['AuthFailure', 401, 'authentication_failed'],
    ['RequestTimeTooSkewed', 403, 'service_unavailable'],
    ['UnauthorizedOperation', 403, 'permission_denied'],
    ['OptInRequired', 401, 'permission_denied'],
    ['NoSuchBucketPolicy', 404, 'not_found'],
    ['RequestLimitExceeded', 503, 'rate_limited'],
    ['SlowDown', 503, 'rate_limited'],
    ['TimeoutError', 0, 'timeout'],
    ['InternalFailure', 500, 'service_unavailable'],
    ['SomethingNew', 403, 'permission_denied'],
    ['SomethingNew', 400, 'malformed'],
    ['SyntaxError', 200, 'malformed'],
  ])('reads %s with status %d as %s', (name, status, code) => {
    expect(awsError(sdkError(name, status), undefined, now)).toMatchObject({ code });
  });

  it('names the permission that is missing, not the operation', () => {
    expect(awsError(sdkError('AccessDenied', 403), 's3:GetBucketEncryption', now)?.message).toContain(
      's3:GetEncryptionConfiguration',
    );
    expect(awsError(sdkError('AccessDenied', 403), 'iam:ListUsers', now)?.message).toContain('iam:ListUsers');
  });

  it('says when a throttled call may come again, if AWS does', () => {
    expect(awsError(sdkError('Throttling', 400), undefined, now)?.retryAt).toBeUndefined();
    expect(awsError(sdkError('Throttling', 400, '', { 'retry-after': '7' }), undefined, now)?.retryAt).toEqual(
      new Date('2026-01-01T00:00:07Z'),
    );
  });

  it.each([
    ['NoSuchEntity.LoginProfile', 'Login Profile for User ann cannot be found.'],
    ['NoSuchEntity.User', 'The user with name ann cannot be found.'],
    ['NoSuchEntity.PasswordPolicy', 'The Password Policy with domain name 111122223333 cannot be found.'],
    ['NoSuchEntity', 'Something cannot be found.'],
  ])('tells by its words that it is %s which does not exist', (providerCode, message) => {
    const error = awsError(sdkError('NoSuchEntityException', 404, message), undefined, now);
    expect(error).toMatchObject({ code: 'not_found', providerCode });
  });

  it('quotes nothing of what AWS wrote', () => {
    const error = awsError(
      sdkError('SignatureDoesNotMatch', 403, 'The canonical string was SECRET'),
      'iam:ListUsers',
      now,
    );
    expect(JSON.stringify([error?.message, error?.cause, String(error?.cause)])).not.toContain('SECRET');
  });

  it('leaves alone what is not of AWS', () => {
    const own = new ConnectorError('timeout', 'late');
    expect(awsError(own, undefined, now)).toBe(own);
    expect(awsError(new TypeError('a defect'), undefined, now)).toBeUndefined();
    expect(awsError(Object.assign(new Error('stop'), { name: 'AbortError' }), undefined, now)).toBeUndefined();
  });
});
