import { ConnectorError, type ConnectorErrorCode } from '@evidence-fleet/connector-sdk';
import { readRetryAfter } from './retry-after.ts';

const codes: { readonly [status: number]: ConnectorErrorCode } = {
  401: 'authentication_failed',
  403: 'permission_denied',
  404: 'not_found',
  408: 'timeout',
  410: 'not_found',
  425: 'service_unavailable',
  429: 'rate_limited',
  451: 'permission_denied',
  504: 'timeout',
};

const sentences: { readonly [Code in ConnectorErrorCode]: string } = {
  authentication_failed: 'the credential was not accepted',
  permission_denied: 'the credential may not do this',
  not_found: 'there is no such thing, or the credential may not see it',
  rate_limited: 'the quota is used up',
  service_unavailable: 'the service has a fault of its own',
  timeout: 'the service took too long',
  configuration_error: 'the settings of this integration cannot work',
  malformed: 'the call was not understood',
};

/**
 * What a status of 400 or more means where the connector has no opinion. A refusal that names a time to come back is throttling.
 * Client errors without a meaning of their own are `malformed`: they concern one call, so they become a gap, not a failed run.
 */
export function errorOfStatus(operation: string, status: number, headers: Headers, now: Date): ConnectorError {
  const retryAt = readRetryAfter(headers, now);
  const byStatus = codes[status] ?? (status >= 500 ? 'service_unavailable' : 'malformed');
  const code = byStatus === 'permission_denied' && retryAt !== undefined ? 'rate_limited' : byStatus;
  const message = `${operation} was answered with ${status}: ${sentences[code]}.`;
  return new ConnectorError(code, message, { retryAt, providerCode: String(status) });
}
