import { types } from 'node:util';
import { ConnectorError, type ConnectorErrorCode } from '@evidence-fleet/connector-sdk';

const timeoutCodes = ['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'];
/** Answers that are broken in themselves; a second try would bring the same. */
const malformedCodes = /^(UND_ERR_HEADERS_OVERFLOW|Z_DATA_ERROR|ERR__ERROR_\w+|HPE_(?!INVALID_EOF_STATE)\w+)$/;
const unreachable: { readonly [code: string]: string } = {
  ENOTFOUND: 'its name could not be resolved',
  EAI_AGAIN: 'the name service did not answer',
  ECONNREFUSED: 'it refused the connection',
  ECONNRESET: 'the connection was reset',
  UND_ERR_SOCKET: 'the connection was closed before the answer was complete',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer was not complete',
  Z_BUF_ERROR: 'the answer was not complete',
};

/** Translates what a connection died of: `timeout`, `malformed`, else `service_unavailable` (DNS, TLS, resets, truncated bodies). */
export function toNetworkError(error: unknown, host: string): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const code = codeOf(error);
  const [kind, why] = describe(code);
  return new ConnectorError(kind, `${host} could not be read: ${why}.`, {
    cause: plainError(error),
    providerCode: code,
  });
}

/** A system or undici error code found on the error or its causes. */
export function networkCodeOf(error: unknown): string | undefined {
  const code = codeOf(error);
  return code !== undefined && /^(UND_ERR_|E[A-Z]+$|EAI_|CERT_|ERR_TLS_|ERR_SSL_|Z_)/.test(code) ? code : undefined;
}

/**
 * An error's name and message alone. SDK errors carry requests with their headers, and a query string may hold a token, so the
 * original is never attached as a cause.
 */
export function plainError(error: unknown): Error {
  if (!types.isNativeError(error)) return new Error('Something that is no Error was thrown.');
  const plain = new Error(error.message.replace(/\?[^\s"'<>)]+/g, '?…').slice(0, 500));
  plain.name = error.name;
  plain.stack = `${plain.name}: ${plain.message}`; // the real one repeats the original message, this one would show this line
  return plain;
}

function codeOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; types.isNativeError(at) && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return undefined;
}

function describe(code = ''): [ConnectorErrorCode, string] {
  if (timeoutCodes.includes(code)) return ['timeout', 'it did not answer in time'];
  if (malformedCodes.test(code)) return ['malformed', 'its answer cannot be decoded'];
  if (/CERT|^ERR_TLS|^ERR_SSL|SELF_SIGNED|UNABLE_TO/.test(code))
    return ['service_unavailable', 'its certificate could not be verified'];
  return ['service_unavailable', unreachable[code] ?? 'the connection failed'];
}
