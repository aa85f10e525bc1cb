import { types } from 'node:util';
import { ConnectorError } from '@evidence-fleet/connector-sdk';
import { errorOfStatus } from './answer-error.ts';
import { networkCodeOf, plainError, toNetworkError } from './network-error.ts';

/** The parts of an SDK's error that say what happened, by the names AWS, Okta, Octokit and others give them. */
interface SdkError {
  readonly name?: unknown;
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
  readonly $retryable?: { readonly throttling?: unknown };
}

/**
 * Translates an error thrown inside `Runtime.call` where the connector has no opinion: by HTTP status, retry hints, name and
 * network code. undefined: a fault in a program, not at the provider.
 */
export function errorOfSdk(operation: string, error: unknown, now: Date): ConnectorError | undefined {
  const ours = connectorErrorIn(error);
  if (ours !== undefined) return ours;
  if (!types.isNativeError(error)) return undefined;
  const cause = plainError(error);
  const sdk: SdkError = error;
  if (sdk.$retryable?.throttling === true) {
    return new ConnectorError('rate_limited', `${operation} was throttled.`, { cause, providerCode: error.name });
  }
  const status = [sdk.$metadata?.httpStatusCode, sdk.status, sdk.statusCode].find((value) => typeof value === 'number');
  if (status !== undefined && status >= 400) {
    const { code, message, retryAt } = errorOfStatus(operation, status, new Headers(), now);
    return new ConnectorError(code, message, { cause, retryAt, providerCode: error.name });
  }
  if (networkCodeOf(error) !== undefined) return toNetworkError(error, operation);
  if (error.name === 'TimeoutError') return new ConnectorError('timeout', `${operation} took too long.`, { cause });
  if (status !== undefined || sdk.$metadata !== undefined || error.name === 'SyntaxError') {
    return new ConnectorError('malformed', `The answer to ${operation} could not be read.`, { cause });
  }
  return undefined;
}

/** Our own error, thrown by the transport below and wrapped by an SDK above. */
export function connectorErrorIn(error: unknown): ConnectorError | undefined {
  for (let at = error, depth = 0; types.isNativeError(at) && depth < 5; at = at.cause, depth += 1) {
    if (at instanceof ConnectorError) return at;
  }
  return undefined;
}
