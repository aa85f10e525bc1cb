import { ConnectorError, type ConnectorErrorCode } from '@evidence-fleet/connector-sdk';
import { awsPermissionOf } from './permission-name.ts';

/** Error names of many services, each with what it means to the fleet: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html */
const codes: Record<string, ConnectorErrorCode> = {
  ExpiredToken: 'authentication_failed',
  ExpiredTokenException: 'authentication_failed',
  InvalidClientTokenId: 'authentication_failed',
  InvalidAccessKeyId: 'authentication_failed',
  InvalidToken: 'authentication_failed',
  IncompleteSignature: 'authentication_failed',
  MissingAuthenticationToken: 'authentication_failed',
  MissingAuthenticationTokenException: 'authentication_failed',
  NotSignedUp: 'authentication_failed',
  SignatureDoesNotMatch: 'authentication_failed',
  InvalidSignatureException: 'authentication_failed',
  UnrecognizedClientException: 'authentication_failed',
  AuthFailure: 'authentication_failed',
  // A wrong clock is ours, not the customer's credential; the SDK has learnt the offset from this answer, so that a retry works.
  RequestTimeTooSkewed: 'service_unavailable',
  RequestInTheFuture: 'service_unavailable',
  RequestExpired: 'service_unavailable',
  AccessDenied: 'permission_denied',
  AccessDeniedException: 'permission_denied',
  AllAccessDisabled: 'permission_denied',
  UnauthorizedOperation: 'permission_denied',
  NotAuthorized: 'permission_denied',
  OptInRequired: 'permission_denied',
  SubscriptionRequiredException: 'permission_denied',
  RegionDisabledException: 'permission_denied',
  Forbidden: 'permission_denied',
  NoSuchEntity: 'not_found',
  NoSuchEntityException: 'not_found',
  NoSuchBucket: 'not_found',
  NoSuchBucketPolicy: 'not_found',
  NoSuchPublicAccessBlockConfiguration: 'not_found',
  ServerSideEncryptionConfigurationNotFoundError: 'not_found',
  TrailNotFoundException: 'not_found',
  'InvalidVpcID.NotFound': 'not_found',
  'InvalidGroup.NotFound': 'not_found',
  'InvalidFlowLogId.NotFound': 'not_found',
  NoSuchConfigRuleException: 'not_found',
  NotFoundException: 'not_found',
  NotFound: 'not_found',
  Throttling: 'rate_limited',
  ThrottlingException: 'rate_limited',
  ThrottledException: 'rate_limited',
  RequestLimitExceeded: 'rate_limited',
  RequestThrottled: 'rate_limited',
  RequestThrottledException: 'rate_limited',
  TooManyRequestsException: 'rate_limited',
  SlowDown: 'rate_limited',
  // The report was complete a moment ago, or is being written: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetCredentialReport.html
  CredentialReportNotPresentException: 'service_unavailable',
  CredentialReportNotReadyException: 'service_unavailable',
  CredentialReportExpiredException: 'service_unavailable',
  TimeoutError: 'timeout',
  RequestTimeout: 'timeout',
};

/** What the customer can do about it. No sentence quotes what AWS wrote: messages hold names, and sometimes signed strings. */
const sentences: Record<ConnectorErrorCode, string> = {
  authentication_failed: 'AWS does not accept the credential: it is wrong, expired or revoked.',
  permission_denied: 'AWS refuses',
  not_found: 'AWS does not know the resource.',
  rate_limited: 'AWS throttles the account: too many calls in a short time.',
  service_unavailable: 'AWS is not available right now.',
  timeout: 'AWS did not answer in time.',
  configuration_error: 'AWS cannot be reached with these settings.',
  malformed: 'AWS answered something its description does not allow.',
};

/**
 * An error thrown by an AWS client as a ConnectorError; undefined for what is not AWS's (an abort, a defect of ours).
 * @param operation `<service>:<Operation>`, where it is known: the refused permission is named after it
 */
export function awsError(error: unknown, operation: string | undefined, now: Date): ConnectorError | undefined {
  if (error instanceof ConnectorError) return error;
  if (!(error instanceof Error) || error.name === 'AbortError') return undefined;
  const answer = '$metadata' in error ? readAnswer(error) : undefined;
  const code = errorCode(error, answer?.status);
  if (code === undefined) return undefined;
  return new ConnectorError(code, sentence(code, operation), {
    providerCode: entityCode(error),
    retryAt: code === 'rate_limited' || code === 'service_unavailable' ? retryAt(answer?.retryAfter, now) : undefined,
    // The SDK's error carries the raw answer; only its name and words go on, for the log.
    cause: new Error(error.name),
  });
}

function errorCode(error: Error, status: number | undefined): ConnectorErrorCode | undefined {
  if (isSkewed(error)) return 'service_unavailable';
  const known = Object.hasOwn(codes, error.name) ? codes[error.name] : undefined;
  if (known !== undefined) return known;
  if (status === undefined) return undefined;
  if (status === 429) return 'rate_limited';
  if (status >= 500) return 'service_unavailable';
  if (status === 401) return 'authentication_failed';
  if (status === 403) return 'permission_denied';
  if (status === 404) return 'not_found';
  // A success that could not be read, or a refusal that no description mentions.
  return 'malformed';
}

/** "Signature expired" and "Signature not yet current" come under the code of a wrong signature, but mean the clock. */
function isSkewed(error: Error): boolean {
  return (
    /^(SignatureDoesNotMatch|InvalidSignatureException|AuthFailure)$/.test(error.name) &&
    /signature (expired|not yet current)/i.test(error.message)
  );
}

/**
 * NoSuchEntity names neither the kind of thing nor a field for it; only its words tell a missing login profile from a missing user. What
 * they do not name proves the absence of nothing.
 */
function entityCode(error: Error): string {
  if (!error.name.startsWith('NoSuchEntity')) return error.name;
  if (/login profile/i.test(error.message)) return 'NoSuchEntity.LoginProfile';
  if (/password policy/i.test(error.message)) return 'NoSuchEntity.PasswordPolicy';
  if (/\buser with name\b/i.test(error.message)) return 'NoSuchEntity.User';
  if (/\brole with name\b/i.test(error.message)) return 'NoSuchEntity.Role';
  if (/^policy arn:/i.test(error.message)) return 'NoSuchEntity.Policy';
  return 'NoSuchEntity';
}

function sentence(code: ConnectorErrorCode, operation: string | undefined): string {
  if (code !== 'permission_denied') return sentences[code];
  return `${sentences[code]} ${operation === undefined ? 'a call' : awsPermissionOf(operation)}: allow it in the policy of the integration.`;
}

function readAnswer(error: Error): { status: number | undefined; retryAfter: string | undefined } {
  // ServiceException puts both on every error it makes, and on errors of deserialization: https://github.com/smithy-lang/smithy-typescript
  const { $metadata, $response } = error as {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number; headers?: Record<string, string> };
  };
  return {
    status: $metadata?.httpStatusCode ?? $response?.statusCode,
    retryAfter: $response?.headers?.['retry-after'],
  };
}

/** `Retry-After` in seconds or as an HTTP date; undefined where AWS says nothing, which is the rule. */
function retryAt(retryAfter: string | undefined, now: Date): Date | undefined {
  if (retryAfter === undefined) return undefined;
  const seconds = Number(retryAfter);
  const at = Number.isFinite(seconds) ? now.getTime() + seconds * 1000 : Date.parse(retryAfter);
  return Number.isNaN(at) ? undefined : new Date(at);
}
