/** What went wrong at a provider, in the few words the fleet acts on. What follows from each stands in packages/engine/src/outcome.ts. */
export const connectorErrorCodes = [
  'authentication_failed', // the credential is wrong, revoked or expired
  'permission_denied', // the credential works but may not read this
  'not_found',
  'rate_limited', // try again at retryAt
  'service_unavailable', // 5xx, network, DNS: try again later
  'timeout',
  'configuration_error', // the integration's settings cannot work
  'malformed', // the provider answered something its description does not allow
] as const;

export type ConnectorErrorCode = (typeof connectorErrorCodes)[number];

/** The one error of a connector's world. `message` is a public sentence: it names no secret and quotes no header or body. */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError';
  readonly code: ConnectorErrorCode;
  /** When the provider says that a further call may succeed (rate_limited, service_unavailable). */
  readonly retryAt: Date | undefined;
  /** The provider's own code or status, e.g. `AccessDenied` or `404`, for the log and for `nullIf`. */
  readonly providerCode: string | undefined;

  constructor(
    code: ConnectorErrorCode,
    message: string,
    options: { cause?: unknown; retryAt?: Date | undefined; providerCode?: string | undefined } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryAt = options.retryAt;
    this.providerCode = options.providerCode;
  }
}

/**
 * For `.catch(...)` where a refusal is in fact the answer: an unprotected branch is a fact, not a gap.
 * `match` is tested against "<providerCode> <message>"; without it every error of that code counts.
 */
export function nullIf(code: ConnectorErrorCode, match?: RegExp): (error: unknown) => null {
  return (error) => {
    if (error instanceof ConnectorError && error.code === code) {
      if (match === undefined || match.test(`${error.providerCode ?? ''} ${error.message}`)) return null;
    }
    throw error;
  };
}
